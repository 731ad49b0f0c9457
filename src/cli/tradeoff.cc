#include "src/cli/tradeoff.h"

#include <cmath>
#include <filesystem>
#include <memory>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/base/parse_number.h"
#include "src/base/str_cat.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/eval.h"
#include "src/cli/evaluation_run.h"
#include "src/cli/progress.h"
#include "src/cli/run_options.h"
#include "src/cli/stop_signals.h"
#include "src/records/file_stamp.h"
#include "src/records/measurement_file.h"
#include "src/records/plot_file.h"
#include "src/report/tradeoff.h"
#include "src/tradeoff/tradeoff.h"
#include "src/tradeoff/variants.h"

namespace mobilenet {
namespace {

// "30ms", "30" and "0.03s"; throws for anything that is not a time.
double BudgetMs(const std::string& text) {
  std::string_view number = text;
  double unit = 1;
  if (number.ends_with("ms")) {
    number.remove_suffix(2);
  } else if (number.ends_with('s')) {
    number.remove_suffix(1);
    unit = 1000;
  }
  const auto value = ParseNumber<double>(number);
  const double ms = value ? *value * unit : 0;
  if (!(ms > 0 && ms <= 1e9)) {
    throw CLI::ValidationError("--budget " + text,
                               "not a time above 0 (such as 30ms or 0.03s; 30 means 30 ms)");
  }
  return ms;
}

}  // namespace

void AddTradeoffCommand(CLI::App& app, const std::function<void(const TradeoffOptions&)>& run) {
  auto options = std::make_shared<TradeoffOptions>();
  CLI::App* command = app.add_subcommand("tradeoff", "Compare the models here: accuracy and latency");
  OptionGroup group(*command, "Choice");
  command
      ->add_option_function<std::string>(
          "--budget", [options](const std::string& text) { options->budget_ms = BudgetMs(text); },
          "Name the most accurate model that takes no\nlonger than TIME, such as 30ms")
      ->type_name("TIME");
  command
      ->add_option("--min-top1", options->min_top1_percent,
                   "Name the fastest model whose top-1 accuracy is\nat least P percent")
      ->type_name("P")
      ->check(Within(0.0, 100.0, "number"));
  group.Begin("Input");
  command
      ->add_option("--eval", options->truth.dataset,
                   "Measure the accuracy on DATASET, a folder with\none folder of images per class")
      ->type_name("DATASET");
  AddTruthOptions(*command, options->truth);
  group.Begin("Output");
  AddChoice(*command, "--format", options->format, kReportFormats, kFormatHelp);
  command->add_option("-o,--output", options->output, "Also write what is measured to FILE")
      ->type_name("FILE");
  command->add_flag("--resume", options->resume, "Continue --output FILE where it ends");
  command->add_option("--plot", options->plot, "Draw accuracy over latency")->type_name("FILE.svg");
  AddQuietOption(*command, options->is_quiet);
  group.Begin("Model and speed");
  AddModelList(*command, options->models, "Measure these models. Default: all on this\nmachine");
  command->add_flag(
      "--estimate", options->estimates,
      "Also estimate the models that are not here,\nfrom the time that layers like theirs take");
  command
      ->add_option("--duration", options->duration_s,
                   "Measure each model for S seconds. Default: 2,\nor less if there are many models")
      ->type_name("S")
      ->check(Within(0.001, 86400.0, "number"));
  AddChoice(*command, "--backend", options->engine.backend, kBackendChoices, kBackendHelp);
  AddChoice(*command, "--precision", options->engine.precision, kPrecisions,
            "Measure only models that run in this type.\nDefault: each in that of its file");
  AddKernelOptions(*command, options->engine);
  AddThreadsOption(*command, options->engine.threads);
  command->footer(
      "Examples: mobilenet tradeoff --budget 30ms\n"
      "          mobilenet tradeoff --estimate --min-top1 65 --plot tradeoff.svg");
  command->callback([options, run] {
    if (options->resume && options->output.empty()) throw CLI::ValidationError("--resume", "needs --output");
    const TruthOptions& truth = options->truth;
    if (truth.dataset.empty() && (!truth.file.empty() || truth.ignores_unknown || truth.first_number)) {
      throw CLI::ValidationError("--truth, --first-number, --ignore-unknown", "need --eval");
    }
    run(*options);
  });
}

namespace {

void CheckDataset(const std::string& dataset) {
  std::error_code error;
  if (dataset.empty() || std::filesystem::is_directory(dataset, error)) return;
  Fail(dataset, ": is not a folder (a folder with one folder of images per class is needed)");
}

// Says what was left out of them and why. Throws Error if none is left.
void TellAbout(const Variants& variants) {
  for (const std::string& error : variants.errors) PrintError(error);
  if (variants.of_other_types > 0) {
    PrintNote(StrCat("left out ", variants.of_other_types,
                     variants.of_other_types == 1 ? " model" : " models",
                     " whose type is not that of --precision\n"));
  }
  if (!variants.empty()) return;
  const bool had_some = variants.of_other_types > 0 || !variants.errors.empty();
  Fail(had_some ? "no model here to measure" : "no models on this machine",
       " (`mobilenet models get NAME` fetches one, --estimate estimates those of the catalogue)");
}

std::string Announcement(const Tradeoff& tradeoff, const std::string& dataset) {
  const Variants& variants = tradeoff.variants();
  std::vector<std::string> parts;
  if (!variants.here.empty()) {
    parts.push_back(StrCat(variants.here.size(), variants.here.size() == 1 ? " model" : " models"));
  }
  if (!variants.calibrations.empty()) {
    parts.push_back(StrCat(variants.calibrations.size(), " networks with random weights, to estimate ",
                           variants.estimated.size(), " models,"));
  }
  const double seconds = tradeoff.Seconds();
  return StrCat("measures ", StrJoin(parts, " and "), " in ", Tradeoff::kTurns, " turns: about ",
                seconds < 90 ? StrCat(std::ceil(seconds), " s") : StrCat(std::ceil(seconds / 60), " minutes"),
                dataset.empty() ? "" : StrCat("; then counts right answers on ", dataset), "\n");
}

class TradeoffRun {
 public:
  TradeoffRun(const TradeoffOptions& options, StandardOutput& output) : options_(options), output_(output) {}

  int Go() {
    const std::string& dataset = options_.truth.dataset;
    CheckDataset(dataset);
    Variants variants = FindVariants(options_.models, options_.engine.precision, options_.estimates);
    has_failed_ = !variants.errors.empty();
    TellAbout(variants);
    std::optional<MeasurementFile> file;
    if (!options_.output.empty()) file.emplace(options_.output);
    EngineOptions engine = options_.engine;
    // So that a run continues as it began, whatever else the machine does today.
    if (engine.threads == 0 && options_.resume) engine.threads = file->EarlierThreads().value_or(0);
    const PlanOptions plan = engine.PlanOptionsHere();
    if (file) file->Open(Settings(plan), options_.resume);
    Tradeoff tradeoff({.plan = plan,
                       .backend = BackendName(engine.backend),
                       .precision = engine.precision,
                       .duration_s = options_.duration_s,
                       .dataset = dataset},
                      std::move(variants), file ? &*file : nullptr);
    if (!options_.is_quiet) PrintNote(Announcement(tradeoff, dataset));
    Measure(tradeoff);
    if (!dataset.empty() && signal_ == 0) Evaluate(tradeoff, plan.threads);
    if (file) file->Finish();
    TradeoffReport report = tradeoff.Report();
    if (report.rows.empty()) {
      if (signal_ != 0) return kExitSignal + signal_;
      Fail("none of ", tradeoff.variants().here.size(), " models could be measured (see the messages above)");
    }
    report.budget_ms = options_.budget_ms;
    report.min_top1_percent = options_.min_top1_percent;
    report.is_complete = signal_ == 0;
    SettleTradeoff(report);
    if (options_.plot) WritePlotFile(*options_.plot, TradeoffPlot(report));
    output_.Write(options_.format == ReportFormat::kJson
                      ? TradeoffJson(report)
                      : TradeoffText(report, TableFormatOf(options_.format, output_.Style().columns)));
    if (signal_ != 0) return kExitSignal + signal_;
    const bool lacks =
        (report.budget_ms && !report.within_budget) || (report.min_top1_percent && !report.accurate_enough);
    return has_failed_ || lacks ? kExitSomeFailed : kExitOk;
  }

 private:
  MeasurementSettings Settings(const PlanOptions& plan) const {
    return {.threads = plan.threads,
            .backend = BackendName(options_.engine.backend),
            .precision =
                options_.engine.precision ? std::string(DataTypeName(*options_.engine.precision)) : "auto",
            .isa = std::string(IsaName(plan.isa)),
            .schedule = options_.engine.for_caches ? "auto" : "layers",
            .dataset = options_.truth.dataset};
  }

  void Measure(Tradeoff& tradeoff) {
    const StopSignals signals;
    PartProgress progress(!options_.is_quiet && CanShowProgress());
    tradeoff.Measure(
        [&](double part) {
          progress.Update(part);
          return StopSignals::Received() == 0;
        },
        [this](const std::string& message) { Fails(message); });
    signal_ = StopSignals::Received();
  }

  void Evaluate(Tradeoff& tradeoff, int threads) {
    for (const Variant& variant : tradeoff.WithoutAnswers()) {
      ClassifyOptions run;
      run.engine = options_.engine;
      run.engine.threads = threads;
      run.engine.model = variant.path;
      run.is_quiet = options_.is_quiet;
      try {
        const auto stamp = StampOf(variant.path);
        const Evaluation evaluation = EvaluateModel(run, options_.truth, output_);
        if (evaluation.is_interrupted()) {  // right answers only on some images
          signal_ = evaluation.status - kExitSignal;
          return;
        }
        has_failed_ = has_failed_ || evaluation.status != kExitOk;
        tradeoff.AddAnswers(variant, stamp, evaluation.report.top1, evaluation.report.images);
      } catch (const Error& error) {
        Fails(StrCat(variant.name, ": ", error.what()));
      }
    }
  }

  void Fails(const std::string& message) {
    PrintError(message);
    has_failed_ = true;
  }

  const TradeoffOptions& options_;
  StandardOutput& output_;
  bool has_failed_ = false;
  int signal_ = 0;
};

}  // namespace

int RunTradeoff(const TradeoffOptions& options, StandardOutput& output) {
  if (options.plot && options.plot->empty()) Fail("--plot: an empty name (FILE.svg is needed)");
  return TradeoffRun(options, output).Go();
}

}  // namespace mobilenet
