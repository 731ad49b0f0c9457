#include "src/cli/eval.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/base64.h"
#include "src/base/error.h"
#include "src/cli/evaluation_run.h"
#include "src/cli/path_arguments.h"
#include "src/cli/run_options.h"
#include "src/image/encode_jpeg.h"
#include "src/image/image.h"
#include "src/image/preprocess.h"
#include "src/records/plot_file.h"
#include "src/report/evaluation_html.h"
#include "src/report/evaluation_plots.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

void CheckEvalOptions(const EvalOptions& options, const std::vector<std::string>& folders) {
  const ClassifyOptions& run = options.run;
  if (folders.size() > 1) throw CLI::ValidationError("DATASET", "one folder is needed");
  if (options.from_records.empty() && folders.empty()) throw CLI::RequiredError("DATASET");
  if (!options.from_records.empty() && (!run.output.empty() || run.inputs.shard.parts > 1)) {
    throw CLI::ValidationError("--from-records", "classifies nothing (leave out --output and --shard)");
  }
  if (run.records.resume && run.output.empty()) throw CLI::ValidationError("--resume", "needs --output");
  if (run.records.retry_failed && !run.records.resume) {
    throw CLI::ValidationError("--retry-failed", "needs --resume");
  }
}

bool IsRecords(const std::string& name) {
  return name.ends_with(".json") || name.ends_with(".csv");
}

Evaluation EvaluateOther(const EvalOptions& options, StandardOutput& output) {
  if (IsRecords(options.compare)) return EvaluateRecords(options.compare, "", "", options.truth);
  ClassifyOptions run = options.run;
  run.engine.model = options.compare;
  run.output.clear();
  run.records.resume = false;
  return EvaluateModel(run, options.truth, output);
}

// What the network sees of each mistake, made smaller. A picture that no longer exists has none.
std::vector<std::string> Thumbnails(const EvaluationReport& report, const EvalOptions& options) {
  constexpr int kPixels = 160;
  constexpr int kQuality = 80;
  const ClassifierOptions& classifier = options.run.classifier;
  PreprocessSpec spec = ModelFile::Open(report.model).preprocess();
  spec.resize = classifier.resize.value_or(spec.resize);
  DecodeOptions decode;
  decode.max_pixels = classifier.max_pixels;
  decode.accept_damaged = classifier.accept_damaged;
  decode.target = {spec.resize, spec.crop_fraction, kPixels, spec.interpolation};
  std::vector<std::string> thumbnails;
  for (const MistakeRow& mistake : report.mistakes) {
    std::string& thumbnail = thumbnails.emplace_back();
    try {
      const Image image = ResizeImage(DecodeImageFile(mistake.path, decode), spec, kPixels);
      thumbnail = "data:image/jpeg;base64," + Base64Text(EncodeJpeg(image, kQuality));
    } catch (const Error&) {
      // The path is shown beside it.
    }
  }
  return thumbnails;
}

}  // namespace

void AddTruthOptions(CLI::App& command, TruthOptions& truth) {
  command.add_option("--truth", truth.file, "Read paths and classes from a CSV file")->type_name("FILE");
  command
      .add_option("--first-number", truth.first_number,
                  "If classes are numbers, the number of the first\nclass")
      ->type_name("N")
      ->check(Within(0, 1, "whole number"));
  command.add_flag("--ignore-unknown", truth.ignores_unknown, "Leave out classes that match no label");
}

void AddEvalCommand(CLI::App& app, const std::function<void(const EvalOptions&)>& run) {
  auto options = std::make_shared<EvalOptions>();
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("eval", "Count how often a model is right");
  OptionGroup group(*command, "Input");
  AddPaths(*command, "DATASET", *folders, "A folder with one folder of images per class");
  AddTruthOptions(*command, options->truth);
  command->add_option("--from-records", options->from_records, "Score what classify --output has written")
      ->type_name("FILE");
  command->add_option("--labels", options->run.classifier.labels, "Use the labels in FILE, one per line")
      ->type_name("FILE");
  command->add_flag("--hidden", options->run.inputs.takes_hidden, "Also use hidden files and folders");
  AddShardOption(*command, options->run.inputs.shard);
  group.Begin("Output");
  AddChoice(*command, "--format", options->format, kReportFormats, kFormatHelp);
  command->add_option("-o,--output", options->run.output, "Write the records to FILE, as classify does")
      ->type_name("FILE");
  AddRecordOptions(*command, options->run.records);
  command->add_option("--plot", options->plot, "Draw reliability and confusions")->type_name("FILE.svg");
  command
      ->add_option("--report", options->report,
                   "Write everything, with thumbnails of the\nmistakes, as one HTML page")
      ->type_name("FILE.html");
  AddQuietOption(*command, options->run.is_quiet);
  AddRunOptions(*command, options->run);
  group.Begin("Model and speed");
  command
      ->add_option("--compare", options->compare,
                   "Compare with another model on the same images,\nor with its records (.json, .csv)")
      ->type_name("NAME|FILE");
  command->footer(
      "Example: mobilenet eval photos\n"
      "         mobilenet eval photos --compare mobilenet_v1_0.5_160_s8");
  command->callback([options, folders, run] {
    CheckEvalOptions(*options, *folders);
    if (!folders->empty()) options->truth.dataset = folders->front();
    run(*options);
  });
}

int RunEval(const EvalOptions& options, StandardOutput& output) {
  if (options.plot && options.plot->empty()) Fail("--plot: an empty name (FILE.svg is needed)");
  if (options.report && options.report->empty()) Fail("--report: an empty name (FILE.html is needed)");
  const ClassifyOptions& run = options.run;
  Evaluation evaluation =
      options.from_records.empty()
          ? EvaluateModel(run, options.truth, output)
          : EvaluateRecords(options.from_records, run.engine.model, run.classifier.labels, options.truth);
  if (!options.compare.empty() && !evaluation.is_interrupted()) {
    const Evaluation other = EvaluateOther(options, output);
    evaluation.report.compared = evaluation.scoring.CompareWith(other.scoring);
    evaluation.report.compared->model = other.report.model;
    evaluation.status = std::max(evaluation.status, other.status);
    evaluation.report.is_complete = !other.is_interrupted();
  }
  if (evaluation.is_interrupted() && evaluation.report.images == 0) return evaluation.status;
  if (options.report) {
    WriteHtmlFile(*options.report, EvaluationHtml(evaluation.report, Thumbnails(evaluation.report, options)));
  }
  if (options.plot) WritePlotFile(*options.plot, EvaluationPlot(evaluation.report));
  output.Write(
      options.format == ReportFormat::kJson
          ? EvaluationJson(evaluation.report)
          : EvaluationText(evaluation.report, TableFormatOf(options.format, output.Style().columns)));
  return evaluation.status;
}

}  // namespace mobilenet
