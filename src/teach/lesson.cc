#include "src/teach/lesson.h"

#include <cstddef>
#include <string_view>

#include "src/base/error.h"
#include "src/base/folder_below.h"
#include "src/records/metadata_file.h"
#include "src/records/record_lines.h"
#include "src/report/record_reader.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

std::map<std::string, int64_t> Lesson::Counts() const {
  std::map<std::string, int64_t> counts;
  for (size_t i = 0; i < labels.size(); ++i) counts.emplace(labels[i], photographs[i]);
  return counts;
}

Lesson ReadLesson(const std::string& features, const Survey& survey, bool keeps_earlier) {
  const auto settings = ReadFeatureSettings(ReadMetadata(features));
  if (!settings) {
    Fail(MetadataPath(features), ": does not say what the features are (run it without --resume)");
  }
  Lesson lesson{Examples(*settings), {}, {}};
  // Records of photographs that were removed or moved are still in the file.
  const auto counts = [&](const std::string& photograph) {
    return survey.Has(photograph) || (keeps_earlier && !PathBelow(photograph, survey.root()));
  };
  std::map<std::string, int> classes;
  // Also classes of which no photograph can be read.
  for (const auto& [label, photographs] : survey.classes()) {
    classes.emplace(label, static_cast<int>(classes.size()));
  }
  RecordLines lines(features, RecordFormat::kJson);
  while (const auto line = lines.Next()) {
    if (!counts(line->key.path)) continue;
    if (line->key.has_error) {
      // Photographs of an earlier run are not reported again.
      if (survey.Has(line->key.path)) ++lesson.failed;
      continue;
    }
    std::string_view text = line->text;
    text.remove_suffix(text.ends_with('\n') ? 1 : 0);
    const auto recorded = ReadJsonFeatures(text);
    int class_index = kNoClass;
    if (recorded && recorded->class_name != kOthersFolder) {
      class_index = classes.try_emplace(recorded->class_name, static_cast<int>(classes.size())).first->second;
    }
    if (!recorded || !lesson.examples.Add(line->key.path, class_index, recorded->views)) {
      Fail(features, ": the record of ", line->key.path, " has no features of this model (run it without ",
           "--resume)");
    }
  }
  std::vector<int> places(classes.size());  // by the order in which the classes were met
  for (const auto& [label, met] : classes) {
    places[static_cast<size_t>(met)] = static_cast<int>(lesson.labels.size());
    lesson.labels.push_back(label);
  }
  lesson.examples.Renumber(places);
  lesson.photographs.assign(lesson.labels.size(), 0);
  for (int64_t i = 0; i < lesson.examples.photographs(); ++i) {
    const int class_index = lesson.examples.class_of(i);
    if (class_index != kNoClass) ++lesson.photographs[static_cast<size_t>(class_index)];
  }
  return lesson;
}

}  // namespace mobilenet
