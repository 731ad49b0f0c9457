#include "src/cli/teach.h"

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/folder_below.h"
#include "src/base/str_cat.h"
#include "src/batch/inputs.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/path_arguments.h"
#include "src/cli/progress.h"
#include "src/cli/run_options.h"
#include "src/cli/stop_signals.h"
#include "src/engine/model_network.h"
#include "src/engine/new_head.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"
#include "src/report/run_metadata.h"
#include "src/report/teaching.h"
#include "src/teach/lesson.h"
#include "src/teach/survey.h"
#include "src/teach/teach.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"

namespace mobilenet {
namespace {

// All of it, also mirrored, and the four corners, two of them mirrored.
const std::vector<View> kViews = {{},
                                  {.is_mirrored = true},
                                  {.left = 0, .top = 0, .side = 0.8},
                                  {.left = 0.2, .top = 0, .side = 0.8, .is_mirrored = true},
                                  {.left = 0, .top = 0.2, .side = 0.8, .is_mirrored = true},
                                  {.left = 0.2, .top = 0.2, .side = 0.8}};

std::string FeaturesPath(const std::string& model) {
  return model + ".features";
}

// Throws Error for a folder that cannot be read.
Survey SurveyOf(const InputOptions& inputs) {
  Survey survey(inputs.arguments.front());
  InputSource source(inputs);
  while (const auto input = source.Next()) {
    // Nothing is known about files yet: only folders can have errors.
    if (input->error) throw Error(*input->error);
    survey.Note(input->path);
  }
  survey.CheckFolders(inputs.takes_hidden);
  return survey;
}

std::string StepText(TeachStep step) {
  switch (step) {
    case TeachStep::kComparing:
      return "comparing the photographs";
    case TeachStep::kChoosingCost:
      return "choosing the regularisation";
    case TeachStep::kCrossValidating:
      return "cross-validating";
    case TeachStep::kTraining:
      return "training";
  }
  return "";
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

// The features of an earlier run come first, and new ones are made like them. Whether its model rejects.
bool ContinueFeatures(const TeachOptions& options, ClassifyOptions& run) {
  run.engine.model = options.update;
  const ModelFile earlier = ModelFile::Open(options.update);
  const std::string features = FeaturesPath(options.update);
  std::error_code error;
  const auto settings = ReadFeatureSettings(ReadMetadata(features));
  if (!settings || !std::filesystem::is_regular_file(features, error)) {
    Fail(features, ": is missing, or has no ", MetadataPath(features),
         " beside it (teach writes both beside a model, unless --no-features is given)");
  }
  run.records.resume = true;
  run.classifier.feature_views.assign(1, View{});
  if (settings->views > 1) run.classifier.feature_views = kViews;
  return earlier.unknown_below().has_value();
}

// Replaces only a model of one's own classes; found out now, and not only after the work.
void CheckOutput(const TeachOptions& options, const ModelFile& file) {
  const std::string& path = options.output;
  std::error_code error;
  if (options.update.empty() && std::filesystem::equivalent(file.path(), path, error)) {
    Fail(path,
         ": is the very model whose layers are used (choose another name, or --update to add photographs)");
  }
  if (std::filesystem::exists(path, error)) {
    try {
      ModelFile::Open(path);
    } catch (const Error&) {
      Fail(path, ": is there, but not a model file (choose another name, or remove it)");
    }
  }
  const PartFile part(path);  // removed again
}

// Stopped by a signal: what was done until then is in the file of features. Returns the exit status.
int Interrupted(const TeachOptions& options, int status) {
  if (!options.run.is_quiet) {
    PrintNote(StrCat("interrupted; to continue, run it again", options.update.empty() ? " with --resume" : "",
                     "\n"));
  }
  return status;
}

void WriteModel(const TeachOptions& options, const ModelFile& model, const std::string& features) {
  PartFile part(options.output);
  const std::span<const std::byte> bytes = model.bytes();
  part.Write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  part.Commit();
  if (!options.forgets) return;
  std::error_code error;
  std::filesystem::remove(features, error);
  std::filesystem::remove(MetadataPath(features), error);
}

}  // namespace

void AddTeachCommand(CLI::App& app, const std::function<void(const TeachOptions&)>& run) {
  auto options = std::make_shared<TeachOptions>();
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("teach", "Make a model of your own classes");
  ClassifyOptions& classify = options->run;
  OptionGroup group(*command, "Input");
  AddPaths(*command, "PHOTOS", *folders, "A folder with one folder of photographs per\nclass");
  command->add_option("--update", options->update, "Add the photographs to a model that teach made")
      ->type_name("FILE");
  command->add_flag("--hidden", classify.inputs.takes_hidden, "Also use hidden files and folders");
  command->add_flag("--resume", classify.records.resume, "Continue a run that was interrupted");
  command->add_flag("--retry-failed", classify.records.retry_failed,
                    "With --resume, try failed photographs again");
  group.Begin("Output");
  command
      ->add_option("-o,--output", options->output,
                   "Write the model to FILE, and the features to\nFILE.features")
      ->type_name("FILE");
  command->add_flag("--no-features", options->forgets, "Remove FILE.features at the end");
  AddChoice(*command, "--format", options->format, kOutputFormats, kFormatHelp);
  AddQuietOption(*command, classify.is_quiet);
  group.Begin("Model and speed");
  command
      ->add_option("-m,--model", classify.engine.model,
                   "Use this model's layers, except the last one.\nDefault: the model of classify")
      ->type_name("NAME|FILE");
  command->add_flag("--augment", options->augments,
                    "Also teach mirror images and parts of the\nphotographs; takes six times as long");
  command->add_flag("--reject", options->rejects, "Let the model answer unknown if it is not sure");
  AddThreadsOption(*command, classify.engine.threads);
  group.Begin("Reading pictures");
  AddDecodeOptions(*command, classify);
  command->footer(
      "Example: mobilenet teach photos -o mine.safetensors\n"
      "         mobilenet teach more --update mine.safetensors");
  command->callback([options, folders, run] {
    ClassifyOptions& features = options->run;
    if (folders->empty()) throw CLI::RequiredError("PHOTOS");
    if (folders->size() > 1) throw CLI::ValidationError("PHOTOS", "one folder is needed");
    if (options->update.empty() && options->output.empty()) throw CLI::RequiredError("--output");
    if (!options->update.empty()) {
      if (!options->output.empty() || !features.engine.model.empty() || options->augments ||
          options->forgets || features.records.resume) {
        throw CLI::ValidationError("--update",
                                   "replaces FILE, and teaches as it was taught (no --output, --model, "
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
  ClassifyOptions run = options.run;
  const bool is_update = !options.update.empty();
  bool rejects = options.rejects;
  if (is_update) rejects = ContinueFeatures(options, run) || rejects;
  const Survey survey = SurveyOf(run.inputs);
  if (!is_update) CheckClasses(survey.root(), survey.classes());
  rejects = rejects || survey.others() > 0;
  if (rejects && survey.classes().contains(std::string(kUnknownLabel))) {
    Fail(survey.root(), "/", kUnknownLabel, ": is what the model says of pictures of none of the classes (",
         kOthersFolder, " for photographs of none of them, or another name)");
  }
  run.engine.model = FindModel(run.engine.model);
  const ModelFile file = ModelFile::Open(run.engine.model);
  const Network network = NetworkOf(file);
  const Trunk trunk = TrunkOf(file, network);
  int64_t photographs = 0;
  for (const auto& [label, count] : survey.classes()) photographs += count;
  CheckWork(survey.root(), std::ssize(survey.classes()), photographs,
            std::ssize(run.classifier.feature_views), trunk.count);
  CheckOutput(options, file);
  const std::string features = FeaturesPath(options.output);
  run.output = features;
  FeatureSink sink(survey.root());
  const int status = RunClassify(run, output, &sink);
  if (status > kExitSignal) return Interrupted(options, status);

  const StopSignals signals;
  std::optional<Taught> taught;
  int64_t failed = 0;
  {
    StepProgress progress(!run.is_quiet && CanShowProgress());
    progress.Begin("reading the features");
    const Lesson lesson = ReadLesson(features, survey, is_update);
    failed = lesson.failed;
    CheckClasses(survey.root(), lesson.Counts());
    const Examples& examples = lesson.examples;
    CheckWork(survey.root(), std::ssize(lesson.labels), examples.photographs(), examples.views(),
              examples.features());
    const TeachSettings settings{.threads = run.engine.PlanOptionsHere().threads,
                                 .rejects = rejects,
                                 .output = options.output,
                                 .on_step = [&](TeachStep step) { progress.Begin(StepText(step)); },
                                 .is_stopped =
                                     [&] {
                                       progress.Tick();
                                       return StopSignals::Received() != 0;
                                     }};
    taught = Teach(file, network, trunk, lesson, settings);
  }
  if (!taught) return Interrupted(options, kExitSignal + StopSignals::Received());
  WriteModel(options, taught->model, features);
  TeachingReport& report = taught->report;
  report.model = file.path();
  report.output = options.output;
  report.features = options.forgets ? "" : features;
  report.output_bytes = static_cast<int64_t>(taught->model.size_bytes());
  report.left_out = survey.left_out();
  output.Write(options.format == OutputFormat::kJson ? TeachingJson(report) : TeachingText(report));
  return failed > 0 ? kExitSomeFailed : kExitOk;
}

}  // namespace mobilenet
