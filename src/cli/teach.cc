#include "src/cli/teach.h"

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <map>
#include <memory>
#include <numeric>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <unordered_set>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/folder_below.h"
#include "src/base/limits.h"
#include "src/base/number_text.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"
#include "src/batch/inputs.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/path_arguments.h"
#include "src/cli/stop_signals.h"
#include "src/engine/model_network.h"
#include "src/engine/model_parts.h"
#include "src/engine/new_head.h"
#include "src/eval/scoring.h"
#include "src/records/file_stamp.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"
#include "src/records/record_lines.h"
#include "src/report/record_reader.h"
#include "src/report/run_metadata.h"
#include "src/report/teaching.h"
#include "src/teach/cross_validation.h"
#include "src/teach/examples.h"
#include "src/teach/findings.h"
#include "src/teach/rejection.h"
#include "src/teach/softmax_regression.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

constexpr std::string_view kOthersFolder = "_other";
constexpr int64_t kLeastOfAClass = 3;
constexpr int64_t kFewOfAClass = 10;

// All of it, as in a mirror, and the four corners, two of them as in a mirror.
const std::vector<View> kViews = {{},
                                  {.is_mirrored = true},
                                  {.left = 0, .top = 0, .side = 0.8},
                                  {.left = 0.2, .top = 0, .side = 0.8, .is_mirrored = true},
                                  {.left = 0, .top = 0.2, .side = 0.8, .is_mirrored = true},
                                  {.left = 0.2, .top = 0.2, .side = 0.8}};

std::string FeaturesPath(const std::string& model) {
  return model + ".features";
}

std::string CountText(int64_t count, std::string_view one, std::string_view many) {
  return StrCat(count, " ", count == 1 ? one : many);
}

// The folder of photographs as it is before the first of them is read.
struct Survey {
  std::map<std::string, int64_t> classes;  // photographs of each
  int64_t others = 0;                      // below _other
  int64_t left_out = 0;                    // below no folder
  std::unordered_set<uint64_t> paths;      // hashes of those of the classes and others
};

// Throws Error for a folder that cannot be read, and for one without photographs, which is a class that
// somebody has forgotten about.
Survey SurveyOf(const InputOptions& inputs) {
  const std::string& root = inputs.arguments.front();
  std::error_code error;
  if (!std::filesystem::is_directory(root, error)) {
    Fail(root, ": is no folder (a folder of photographs, with a folder a class in it)");
  }
  Survey survey;
  InputSource source(inputs);
  while (const auto input = source.Next()) {
    // Of files nothing is known yet: what has an error is a folder.
    if (input->error) throw Error(*input->error);
    const auto folder = FolderBelow(input->path, root);
    if (!folder) {
      ++survey.left_out;
      continue;
    }
    survey.paths.insert(ShortSha256(input->path));
    ++(*folder == kOthersFolder ? survey.others : survey.classes[std::string(*folder)]);
  }
  for (const auto& entry : std::filesystem::directory_iterator(root, error)) {
    const std::string name = entry.path().filename().string();
    const bool is_hidden = !inputs.takes_hidden && (name.starts_with('.') || name == "@eaDir");
    if (is_hidden || name == kOthersFolder || survey.classes.contains(name) || !entry.is_directory(error))
      continue;
    Fail(entry.path().string(), ": no photographs in this folder (", kLeastOfAClass,
         " at the least, or remove it)");
  }
  return survey;
}

// Which photographs become features.
class FeatureSink : public RowSink {
 public:
  explicit FeatureSink(const std::string& root) : root_(root) {}

  void Begin(const Classifier&) override {}
  bool Takes(const Input& input) override {
    return input.error || FolderBelow(input.path, root_).has_value();
  }
  void Add(const ClassifyRow&) override {}

 private:
  const std::string& root_;
};

struct Lesson {
  Examples examples;
  std::vector<std::string> labels;   // in the byte order of the names
  std::vector<int64_t> photographs;  // of each class
  int64_t others = 0;
  int64_t failed = 0;
};

class TeachRun {
 public:
  TeachRun(const TeachOptions& options, StandardOutput& output) : options_(options), output_(output) {}

  int Go() {
    ClassifyOptions run = options_.run;
    if (!options_.update.empty()) ContinueFeatures(run);
    const Survey survey = SurveyOf(run.inputs);
    if (options_.update.empty()) CheckClasses(Counts(survey));
    rejects_ = rejects_ || options_.rejects || survey.others > 0;
    if (rejects_ && survey.classes.contains(std::string(kUnknownLabel))) {
      Fail(run.inputs.arguments.front(), "/", kUnknownLabel,
           ": is what the model says of pictures of none of the classes (another name, or ", kOthersFolder,
           " for pictures of none of them)");
    }
    run.engine.model = FindModel(run.engine.model);
    const ModelFile file = ModelFile::Open(run.engine.model);
    const Network network = NetworkOf(file);
    const Trunk trunk = TrunkOf(file, network);
    CheckWork(survey, trunk);
    CheckOutput(file);
    const std::string features = FeaturesPath(options_.output);
    run.output = features;
    FeatureSink sink(run.inputs.arguments.front());
    const int status = RunClassify(run, output_, &sink);
    if (status > kExitSignal) return status;  // what was done until then is in the file

    const StopSignals signals;
    const Lesson lesson = ReadFeatures(features, survey);
    CheckClasses(lesson);
    const std::optional<ModelFile> taught = Teach(file, network, trunk, lesson);
    if (!taught) return kExitSignal + StopSignals::Received();
    PartFile part(options_.output);
    const std::span<const std::byte> bytes = taught->bytes();
    part.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
    part.Commit();
    if (options_.forgets) {
      std::error_code error;
      std::filesystem::remove(features, error);
      std::filesystem::remove(MetadataPath(features), error);
    }
    report_.model = file.path();
    report_.output = options_.output;
    report_.features = options_.forgets ? "" : features;
    report_.output_bytes = static_cast<int64_t>(bytes.size());
    report_.left_out = survey.left_out;
    output_.Write(options_.format == OutputFormat::kJson ? TeachingJson(report_) : TeachingText(report_));
    return lesson.failed > 0 ? kExitSomeFailed : kExitOk;
  }

 private:
  // The features of an earlier run come first, and new ones are made as they were.
  void ContinueFeatures(ClassifyOptions& run) {
    run.engine.model = options_.update;
    const std::string features = FeaturesPath(options_.update);
    std::error_code error;
    const auto settings = ReadFeatureSettings(ReadMetadata(features));
    if (!settings || !std::filesystem::is_regular_file(features, error)) {
      Fail(features, ": is not there, or not with its ", MetadataPath(features),
           " (what teach wrote beside the model, without --no-features)");
    }
    run.records.resume = true;
    run.classifier.feature_views.assign(1, View{});
    if (settings->views > 1) run.classifier.feature_views = kViews;
    rejects_ = ModelFile::Open(options_.update).unknown_below().has_value();
  }

  static std::vector<std::pair<std::string, int64_t>> Counts(const Survey& survey) {
    return {survey.classes.begin(), survey.classes.end()};
  }

  void CheckClasses(const std::vector<std::pair<std::string, int64_t>>& classes) const {
    const std::string& root = options_.run.inputs.arguments.front();
    if (classes.size() < 2) {
      Fail(root, ": ", classes.empty() ? "no folder of photographs" : "photographs of one class alone",
           " (two folders at the least, one a class)");
    }
    for (const auto& [label, photographs] : classes) {
      if (photographs >= kLeastOfAClass) continue;
      Fail(root, ": ", label, ": ", CountText(photographs, "photograph", "photographs"), " (", kLeastOfAClass,
           " at the least that can be read)");
    }
  }

  void CheckClasses(const Lesson& lesson) const {
    std::vector<std::pair<std::string, int64_t>> counts;
    for (size_t i = 0; i < lesson.labels.size(); ++i) {
      counts.emplace_back(lesson.labels[i], lesson.photographs[i]);
    }
    CheckClasses(counts);
  }

  // Before the photographs are read, what would take hours after that.
  void CheckWork(const Survey& survey, const Trunk& trunk) const {
    const auto views = std::ssize(options_.run.classifier.feature_views);
    int64_t rows = 0;
    for (const auto& [label, photographs] : survey.classes) rows += photographs * views;
    const auto work = static_cast<double>(rows) * static_cast<double>(trunk.count) *
                      static_cast<double>(survey.classes.size());
    if (work <= kMostWork) return;
    Fail(options_.run.inputs.arguments.front(), ": ", survey.classes.size(), " classes with ", rows,
         views > 1 ? " views of photographs" : " photographs", " of ", trunk.count,
         " features would take too long (", static_cast<int64_t>(kMostWork),
         " at the most as product of the three, and this is ", ShortFixedText(work / kMostWork, 1),
         " times that)");
  }

  // Nobody's file but a model of one's own, and now, not only after the work.
  void CheckOutput(const ModelFile& file) const {
    const std::string& path = options_.output;
    std::error_code error;
    if (options_.update.empty() && std::filesystem::equivalent(file.path(), path, error)) {
      Fail(path, ": is the model itself that is to be taught (another file, or --update)");
    }
    if (std::filesystem::exists(path, error)) {
      try {
        ModelFile::Open(path);
      } catch (const Error&) {
        Fail(path, ": is there, and no model file (another name, or remove it)");
      }
    }
    const PartFile part(path);  // removed again
  }

  Lesson ReadFeatures(const std::string& path, const Survey& survey) const {
    const auto settings = ReadFeatureSettings(ReadMetadata(path));
    if (!settings) Fail(MetadataPath(path), ": does not say what the features are (run it without --resume)");
    Lesson lesson{Examples(*settings), {}, {}};
    const std::string& root = options_.run.inputs.arguments.front();
    // Of photographs that were removed or moved the records are still there.
    const auto counts = [&](const std::string& photograph) {
      return survey.paths.contains(ShortSha256(photograph)) ||
             (!options_.update.empty() && !PathBelow(photograph, root));
    };
    std::map<std::string, int> classes;
    // Those, too, of which no photograph can be read.
    for (const auto& [label, photographs] : survey.classes) {
      classes.emplace(label, static_cast<int>(classes.size()));
    }
    RecordLines lines(path, RecordFormat::kJson);
    while (const auto line = lines.Next()) {
      if (!counts(line->key.path)) continue;
      if (line->key.has_error) {
        ++lesson.failed;
        continue;
      }
      std::string_view text = line->text;
      text.remove_suffix(text.ends_with('\n') ? 1 : 0);
      const auto recorded = ReadJsonFeatures(text);
      int class_index = kNoClass;
      if (recorded && recorded->class_name != kOthersFolder) {
        class_index =
            classes.try_emplace(recorded->class_name, static_cast<int>(classes.size())).first->second;
      }
      if (!recorded || !lesson.examples.Add(line->key.path, class_index, recorded->views)) {
        Fail(path, ": the record of ", line->key.path, " has no features of this model (run it without ",
             "--resume)");
      }
      if (class_index == kNoClass) ++lesson.others;
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

  int Threads(const Lesson& lesson) const {
    const int threads = options_.run.engine.PlanOptionsHere().threads;
    const auto available = AvailableMemoryBytes();
    const auto bytes = [&](int n) {
      return TrainingBytes(lesson.examples, static_cast<int>(lesson.labels.size()), n);
    };
    int fitting = threads;
    while (fitting > 1 && available && bytes(fitting) > *available) --fitting;
    CheckMemoryIsLeft(StrCat("teaching ", lesson.labels.size(), " classes"), bytes(fitting));
    return fitting;
  }

  // None where a signal came.
  std::optional<ModelFile> Teach(const ModelFile& file, const Network& network, const Trunk& trunk,
                                 const Lesson& lesson) {
    const auto is_stopped = [] { return StopSignals::Received() != 0; };
    const Examples& examples = lesson.examples;
    const auto classes = static_cast<int>(lesson.labels.size());
    const int threads = Threads(lesson);
    const Centre centre = CentreOf(examples);
    const Alike alike = FindAlike(examples, centre);
    const std::vector<int> folds = MakeFolds(examples, alike.groups);
    const CrossValidation validation = CrossValidate(examples, centre, folds, classes, threads, is_stopped);
    std::vector<uint32_t> photographs;
    for (int64_t i = 0; i < examples.photographs(); ++i) {
      if (examples.class_of(i) != kNoClass) photographs.push_back(static_cast<uint32_t>(i));
    }
    if (is_stopped()) return std::nullopt;
    LinearHead linear;
    {
      SoftmaxRegression regression(examples, centre, photographs, classes);
      regression.Train(validation.cost, is_stopped);
      linear = regression.Head();
    }
    if (is_stopped()) return std::nullopt;
    std::vector<float> others;  // the highest score of each
    NewHead head{.labels = lesson.labels,
                 .weights = std::move(linear.weights),
                 .bias = std::move(linear.bias),
                 .lowest_logit = std::numeric_limits<float>::max(),
                 .highest_logit = std::numeric_limits<float>::lowest(),
                 .feature_means = centre.means,
                 .metadata = {}};
    std::vector<uint32_t> all(static_cast<size_t>(examples.photographs()));
    std::iota(all.begin(), all.end(), 0u);
    std::vector<float> probabilities;
    ForEachLogits(examples, {head.weights, head.bias}, all,
                  [&](uint32_t photograph, std::span<const float> logits) {
                    const auto [low, high] = std::minmax_element(logits.begin(), logits.end());
                    head.lowest_logit = std::min(head.lowest_logit, *low);
                    head.highest_logit = std::max(head.highest_logit, *high);
                    if (examples.class_of(photograph) != kNoClass) return;
                    MakeProbabilities(logits, probabilities);
                    others.push_back(*std::max_element(probabilities.begin(), probabilities.end()));
                  });
    Report(lesson, validation, alike);
    if (rejects_) Reject(lesson, validation, std::move(others), head.metadata);
    head.metadata["mobilenet.source"] = Source(file, lesson, validation);
    return WithHead(file, network, trunk, head, options_.output);
  }

  void Report(const Lesson& lesson, const CrossValidation& validation, const Alike& alike) {
    const Examples& examples = lesson.examples;
    const auto classes = static_cast<int>(lesson.labels.size());
    const auto label = [&](int c) {
      return c == kNoClass ? std::string(kOthersFolder) : lesson.labels[static_cast<size_t>(c)];
    };
    Scoring scoring(lesson.labels);
    for (int64_t i = 0; i < examples.photographs(); ++i) {
      const HeldOut& held_out = validation.held_out[static_cast<size_t>(i)];
      if (held_out.best.empty()) continue;
      std::vector<Prediction> predictions;
      for (const auto& [c, score] : held_out.best) predictions.push_back({c, label(c), score});
      scoring.Add(examples.path(i), examples.class_of(i), predictions);
    }
    report_.held_out = scoring.Report();
    report_.held_out.failed = lesson.failed;
    report_.feature_count = examples.features();
    report_.views = examples.views();
    report_.cost = validation.cost;
    for (const Suspect& one : FindSuspects(examples, validation, classes)) {
      report_.suspects.push_back({.path = examples.path(one.photograph),
                                  .label = label(examples.class_of(one.photograph)),
                                  .looks_like = label(one.looks_like),
                                  .score = static_cast<double>(one.score),
                                  .own_score = static_cast<double>(one.own_score)});
    }
    for (const AlikePair& pair : alike.pairs) {
      report_.alike.push_back({.path = examples.path(pair.first),
                               .label = label(examples.class_of(pair.first)),
                               .other_path = examples.path(pair.second),
                               .other_label = label(examples.class_of(pair.second)),
                               .similarity = static_cast<double>(pair.similarity)});
    }
    Warn(lesson, validation, alike);
  }

  void Warn(const Lesson& lesson, const CrossValidation& validation, const Alike& alike) {
    std::vector<std::string>& warnings = report_.warnings;
    int64_t few = 0;
    std::string first;
    for (size_t i = 0; i < lesson.labels.size(); ++i) {
      if (lesson.photographs[i] >= kFewOfAClass) continue;
      if (few++ == 0) first = StrCat(lesson.labels[i], " with ", lesson.photographs[i]);
    }
    if (few > 0) {
      warnings.push_back(StrCat(CountText(few, "class has", "classes have"), " fewer than ", kFewOfAClass,
                                " photographs, such as ", first));
    }
    if (!alike.pairs.empty()) {
      warnings.push_back(StrCat(CountText(std::ssize(alike.pairs), "pair", "pairs"),
                                " of photographs in different folders show the same thing"));
    }
    if (!alike.was_searched) warnings.push_back("too many photographs to look for those that are alike");
    const int swallowing =
        FindSwallowing(lesson.examples, validation, static_cast<int>(lesson.labels.size()));
    if (swallowing >= 0) {
      warnings.push_back(StrCat(lesson.labels[static_cast<size_t>(swallowing)],
                                " swallows at least half of the other classes' photographs (more of theirs, ",
                                "or fewer of its own)"));
    }
  }

  void Reject(const Lesson& lesson, const CrossValidation& validation, std::vector<float> others,
              Safetensors::Metadata& metadata) {
    std::vector<float> right;
    std::vector<float> wrong;
    for (size_t i = 0; i < validation.held_out.size(); ++i) {
      const HeldOut& held_out = validation.held_out[i];
      if (held_out.best.empty()) continue;
      const bool is_right = held_out.best.front().first == lesson.examples.class_of(static_cast<int64_t>(i));
      (is_right ? right : wrong).push_back(held_out.best.front().second);
    }
    const auto count = static_cast<int64_t>(others.size());
    const Rejection rejection = ChooseRejection(std::move(right), wrong, std::move(others));
    const std::string threshold = SignificantText(rejection.threshold, kScoreDigits);
    metadata["mobilenet.unknown_below"] = threshold;
    report_.unknown = {.threshold = rejection.threshold,
                       .accepted = rejection.accepted,
                       .others = count,
                       .others_rejected = rejection.others_rejected};
  }

  std::string Source(const ModelFile& file, const Lesson& lesson, const CrossValidation& validation) const {
    return SourceOf(file, "mobilenet teach", [&](JsonWriter& json) {
      json.String("taught", TimeNow());
      json.Integer("photographs", report_.held_out.images);
      json.Integer("views", report_.views);
      json.Key("class_counts");
      json.BeginArray();
      for (const int64_t count : lesson.photographs) json.Integer(count);
      json.EndArray();
      json.Significant("cost", validation.cost, kScoreDigits);
      WriteRight(json, "cross_validated", report_.held_out.top1);
    });
  }

  // Products in one pass over the photographs, of which the training makes some hundreds: hours on a board.
  static constexpr double kMostWork = 5e10;

  const TeachOptions& options_;
  StandardOutput& output_;
  bool rejects_ = false;
  TeachingReport report_;
};

}  // namespace

void AddTeachCommand(CLI::App& app, const std::function<void(const TeachOptions&)>& run) {
  auto options = std::make_shared<TeachOptions>();
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("teach", "Make a model of your own classes");
  ClassifyOptions& classify = options->run;
  AddPaths(*command, "PHOTOS", *folders, "A folder that has a folder for each class");
  command
      ->add_option("-o,--output", options->output,
                   "Write the model to FILE, and the features to\nFILE.features")
      ->type_name("FILE");
  command
      ->add_option("-m,--model", classify.engine.model,
                   "The model whose layers are used. Default: that\nof classify")
      ->type_name("NAME|FILE");
  command->add_option("--update", options->update, "Add photographs to a model that teach has made")
      ->type_name("FILE");
  command->add_flag("--augment", options->augments,
                    "Also teach parts and mirror images, which takes\nsix times as long");
  command->add_flag("--reject", options->rejects, "Make the model say unknown where it is not sure");
  command->add_flag("--resume", classify.records.resume, "Continue a run that was interrupted");
  command->add_flag("--retry-failed", classify.records.retry_failed,
                    "With --resume, try failed photographs again");
  command->add_flag("--no-features", options->forgets, "Remove FILE.features at the end");
  command->add_flag("--hidden", classify.inputs.takes_hidden, "Also take hidden files and folders");
  command->add_flag("--accept-damaged", classify.classifier.accept_damaged,
                    "Take JPEGs whose end is missing, as far as they\ngo");
  AddNumber(*command, "--threads", classify.engine.threads, 1, 1024,
            "Threads of the inference. Default: the free\ncores of the fastest cluster");
  AddNumber(*command, "--decode-threads", classify.decode_threads, 1, 1024,
            "Pictures decoded at once. Default: one for each\ncore");
  AddChoice(*command, "--format", options->format, kOutputFormats, "How to print it. Default: text");
  command->footer(
      "Example: mobilenet teach photos -o mine.safetensors\n"
      "         mobilenet teach more --update mine.safetensors");
  command->callback([options, folders, run] {
    ClassifyOptions& features = options->run;
    if (folders->empty()) throw CLI::RequiredError("PHOTOS");
    if (folders->size() > 1) throw CLI::ValidationError("PHOTOS", "one folder");
    if (options->update.empty() && options->output.empty()) throw CLI::RequiredError("--output");
    if (!options->update.empty()) {
      if (!options->output.empty() || !features.engine.model.empty() || options->augments ||
          options->forgets || features.records.resume) {
        throw CLI::ValidationError("--update",
                                   "replaces FILE, and works as it was made (no --output, --model, "
                                   "--augment, --resume, --no-features)");
      }
      options->output = options->update;
    }
    if (features.records.retry_failed && !features.records.resume && options->update.empty()) {
      throw CLI::ValidationError("--retry-failed", "needs --resume");
    }
    features.inputs.arguments = {folders->front()};
    features.inputs.is_recursive = true;
    features.records.format = RecordFormat::kJson;
    features.classifier.feature_views.assign(1, View{});
    if (options->augments) features.classifier.feature_views = kViews;
    run(*options);
  });
}

int RunTeach(const TeachOptions& options, StandardOutput& output) {
  return TeachRun(options, output).Go();
}

}  // namespace mobilenet
