#include "src/cli/eval.h"

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/cli/evaluation_run.h"
#include "src/cli/path_arguments.h"
#include "src/cli/run_options.h"
#include "src/records/plot_file.h"
#include "src/report/evaluation_plots.h"

namespace mobilenet {
namespace {

void CheckEvalOptions(const EvalOptions& options, const std::vector<std::string>& folders) {
  const ClassifyOptions& run = options.run;
  if (folders.size() > 1) throw CLI::ValidationError("DATASET", "one folder");
  if (options.from_records.empty() && folders.empty()) throw CLI::RequiredError("DATASET");
  if (!options.from_records.empty() && (!run.output.empty() || run.inputs.shard.parts > 1)) {
    throw CLI::ValidationError("--from-records", "classifies nothing (no --output, no --shard)");
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

}  // namespace

void AddTruthOptions(CLI::App& command, TruthOptions& truth) {
  command.add_option("--truth", truth.file, "Paths and classes, as CSV")->type_name("FILE");
  command.add_option("--first-number", truth.first_number, "Of classes that are numbers, the first one's")
      ->type_name("N")
      ->check(Within(0, 1, "whole number"));
  command.add_flag("--ignore-unknown", truth.ignores_unknown, "Leave out classes that are no labels");
}

void AddEvalCommand(CLI::App& app, const std::function<void(const EvalOptions&)>& run) {
  auto options = std::make_shared<EvalOptions>();
  auto folders = std::make_shared<std::vector<std::string>>();
  CLI::App* command = app.add_subcommand("eval", "How right a model is on labelled images");
  AddPaths(*command, "DATASET", *folders, "A folder with a folder a class in it");
  AddTruthOptions(*command, options->truth);
  command->add_option("--from-records", options->from_records, "Score what classify --output wrote")
      ->type_name("FILE");
  command
      ->add_option("--compare", options->compare,
                   "Another model on the same images, or its\nrecords (.json, .csv)")
      ->type_name("NAME|FILE");
  command->add_flag("--hidden", options->run.inputs.takes_hidden, "Hidden files and folders, too");
  AddShardOption(*command, options->run.inputs.shard);
  command->add_option("-o,--output", options->run.output, "Records there, as classify writes JSON")
      ->type_name("FILE");
  AddRecordOptions(*command, options->run.records);
  command->add_option("--labels", options->run.classifier.labels, "Labels, one a line, for the model's")
      ->type_name("FILE");
  command->add_option("--plot", options->plot, "Draws reliability and confusions")->type_name("FILE.svg");
  AddChoice(*command, "--format", options->format, kReportFormats, "Default: text");
  AddRunOptions(*command, options->run);
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
  if (options.plot && options.plot->empty()) Fail("--plot: an empty name (FILE.svg)");
  const ClassifyOptions& run = options.run;
  Evaluation evaluation =
      options.from_records.empty()
          ? EvaluateModel(run, options.truth, output)
          : EvaluateRecords(options.from_records, run.engine.model, run.classifier.labels, options.truth);
  if (!options.compare.empty()) {
    const Evaluation other = EvaluateOther(options, output);
    evaluation.report.compared = evaluation.scoring.CompareWith(other.scoring);
    evaluation.report.compared->model = other.report.model;
    evaluation.status = std::max(evaluation.status, other.status);
  }
  if (options.plot) WritePlotFile(*options.plot, EvaluationPlot(evaluation.report));
  output.Write(options.format == ReportFormat::kJson
                   ? EvaluationJson(evaluation.report)
                   : EvaluationText(evaluation.report, TableFormatOf(options.format)));
  return evaluation.status;
}

}  // namespace mobilenet
