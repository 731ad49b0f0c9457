#include "src/eval/csv_truth.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <vector>

#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/base/utf8.h"
#include "src/report/csv.h"
#include "src/weights/loaded_file.h"

namespace mobilenet {
namespace {

constexpr std::string_view kPathNames[] = {"path", "file", "filename", "image"};
constexpr std::string_view kClassNames[] = {"wnid",       "synset",      "class", "label",
                                            "class_name", "class_index", "index"};

std::string_view NameOf(std::string_view path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

// The columns, from the cells of a first line that names them; none if it is a line like the others.
std::optional<size_t> ClassColumn(const std::vector<std::string>& cells) {
  if (std::find(std::begin(kPathNames), std::end(kPathNames), cells[0]) == std::end(kPathNames)) {
    return std::nullopt;
  }
  for (const std::string_view name : kClassNames) {
    const auto found = std::find(cells.begin() + 1, cells.end(), name);
    if (found != cells.end()) return static_cast<size_t>(found - cells.begin());
  }
  return 1;
}

}  // namespace

CsvTruth::CsvTruth(const std::string& path) {
  std::string text = FileText(path);
  RemoveByteOrderMark(text);
  size_t column = 1;
  int64_t number = 0;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view line = rest.substr(0, rest.find('\n'));
    rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    if (line.ends_with('\r')) line.remove_suffix(1);
    ++number;
    if (line.empty()) continue;
    const auto cells = CsvCells(line);
    if (!cells || cells->size() <= column || (*cells)[0].empty() || (*cells)[column].empty()) {
      Fail(path, ": line ", number, ": \"", Excerpt(line),
           "\" is not a path and a class (CSV: photo.jpg,junco)");
    }
    if (number == 1) {
      if (const auto named = ClassColumn(*cells)) {
        column = *named;
        continue;
      }
    }
    std::string_view image = (*cells)[0];
    while (image.starts_with("./")) image.remove_prefix(2);
    const auto [one, is_new] = classes_.emplace(image, (*cells)[column]);
    if (!is_new && one->second != (*cells)[column]) {
      Fail(path, ": line ", number, ": ", Excerpt(image), " is ", Excerpt((*cells)[column]), ", and ",
           Excerpt(one->second), " above");
    }
    if (is_new) {
      const auto [name, is_only] = paths_of_names_.emplace(NameOf(image), image);
      if (!is_only) name->second.clear();
    }
  }
  if (classes_.empty()) Fail(path, ": has no line with an image and its class (CSV: photo.jpg,junco)");
}

std::optional<std::string> CsvTruth::Find(std::string_view path) const {
  auto found = classes_.find(std::string(path));
  if (found == classes_.end()) {
    const auto name = paths_of_names_.find(std::string(NameOf(path)));
    if (name == paths_of_names_.end()) return std::nullopt;
    found = classes_.find(name->second);
  }
  return found == classes_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace mobilenet
