#include "src/cli/tradeoff.h"

#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include <CLI/CLI.hpp>

#include "models/catalogue.h"
#include "models/registry.h"
#include "src/base/cpu_caches.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/base/machine_look.h"
#include "src/base/number_text.h"
#include "src/base/parse_number.h"
#include "src/base/statistics.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/eval.h"
#include "src/cli/evaluation_run.h"
#include "src/cli/progress.h"
#include "src/cli/stop_signals.h"
#include "src/engine/latency.h"
#include "src/engine/latency_estimate.h"
#include "src/engine/model_network.h"
#include "src/records/file_stamp.h"
#include "src/records/measurement_file.h"
#include "src/records/plot_file.h"
#include "src/report/bench_verdict.h"
#include "src/report/tradeoff.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"
#include "src/weights/random_model.h"

namespace mobilenet {
namespace {

// "30ms", "30" and "0.03s"; throws for what is no time.
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
    throw CLI::ValidationError("--budget " + text, "no time above 0 (30ms, 0.03s; 30 are milliseconds)");
  }
  return ms;
}

}  // namespace

void AddTradeoffCommand(CLI::App& app, const std::function<void(const TradeoffOptions&)>& run) {
  auto options = std::make_shared<TradeoffOptions>();
  CLI::App* command = app.add_subcommand("tradeoff", "Compare the models here: accuracy and latency");
  AddModelList(*command, options->models, "The models to measure. Default: all on this\nmachine");
  command
      ->add_option_function<std::string>(
          "--budget", [options](const std::string& text) { options->budget_ms = BudgetMs(text); },
          "Name the most accurate model that takes no\nlonger, such as 30ms")
      ->type_name("TIME");
  command
      ->add_option("--min-top1", options->min_top1_percent,
                   "Name the fastest model that is so accurate, in\npercent")
      ->type_name("P")
      ->check(Within(0.0, 100.0, "number"));
  command->add_flag("--estimate", options->estimates,
                    "Also estimate the models that are not here,\nfrom how long layers like theirs take");
  command->add_option("--eval", options->truth.dataset, "Count right answers on DATASET")
      ->type_name("DATASET");
  AddTruthOptions(*command, options->truth);
  command
      ->add_option("--duration", options->duration_s,
                   "Seconds for each model. Default: 2, less for\nmany models")
      ->type_name("S")
      ->check(Within(0.001, 86400.0, "number"));
  command->add_option("-o,--output", options->output, "Also keep what is measured in FILE")
      ->type_name("FILE");
  command->add_flag("--resume", options->resume, "Continue --output FILE where it ends");
  command->add_option("--plot", options->plot, "Draw accuracy over latency")->type_name("FILE.svg");
  AddChoice(*command, "--backend", options->engine.backend, kBackendChoices,
            "Whose kernels to run. Default: auto");
  AddChoice(*command, "--precision", options->engine.precision, kPrecisions,
            "Only models that run so. Default: each as its\nfile");
  AddKernelOptions(*command, options->engine);
  AddNumber(*command, "--threads", options->engine.threads, 1, 1024,
            "Threads of the inference. Default: the free\ncores of the fastest cluster");
  AddChoice(*command, "--format", options->format, kReportFormats, "How to print it. Default: text");
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

// In turns, each of all models, so that what the machine does meanwhile meets them alike, and a run that is
// stopped early has measured most of them.
constexpr int kTurns = 3;
constexpr int kLeastRunsOfTurn = 7;  // 21 of a model: as bench
// Without --duration: so long for each, but no longer than this for all together.
constexpr double kSeconds = 2;
constexpr double kSecondsOfAll = 240;
// Loading, packing and warming up, of each model in each turn; on a Raspberry Pi 4 a guess to be on the safe
// side.
constexpr double kSecondsBeside = 0.4;
constexpr double kLeastSeconds = 0.3;
// Of an architecture and a type of weights so many networks calibrate the estimate: the smallest, the
// largest, and one of those between.
constexpr size_t kCalibrations = 3;

struct Stopped {};  // by a signal

struct Variant {
  std::string name;
  std::string path;                   // "" with random weights
  const KnownModel* known = nullptr;  // of the catalogue
  std::string key() const { return path.empty() ? "random weights: " + name : path; }
};

Network NetworkOfKnown(const KnownModel& known) {
  return MakeNetwork(known.architecture, known.width_multiplier, known.resolution, known.classes);
}

// Whether weights of a type can run so: every one in f32, and as they are.
bool RunsIn(const std::optional<DataType>& precision, WeightQuantization quantization) {
  return !precision || *precision == DataType::kF32 || *precision == StoredType(quantization);
}

const KnownModel* FindKnown(const std::string& name) {
  for (const KnownModel& known : KnownModels()) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

class TradeoffRun {
 public:
  TradeoffRun(const TradeoffOptions& options, StandardOutput& output) : options_(options), output_(output) {}

  int Go() {
    CheckDataset();
    FindVariants();
    if (!options_.output.empty()) file_.emplace(options_.output);
    ChoosePlan();
    if (file_) file_->Open(Settings(), options_.resume);
    limits_.least_runs = kLeastRunsOfTurn;
    limits_.duration_s = Seconds() / kTurns;
    Announce();
    {
      const StopSignals signals;
      Measure();
      signal_ = StopSignals::Received();
    }
    if (!options_.truth.dataset.empty() && signal_ == 0) Evaluate();
    if (file_) file_->Finish();
    TradeoffReport report = Report();
    if (report.rows.empty()) {
      if (signal_ != 0) return kExitSignal + signal_;
      Fail("none of ", here_.size(), " models could be measured (see the messages above)");
    }
    SettleTradeoff(report);
    if (options_.plot) WritePlotFile(*options_.plot, TradeoffPlot(report));
    output_.Write(options_.format == ReportFormat::kJson
                      ? TradeoffJson(report)
                      : TradeoffText(report, TableFormatOf(options_.format)));
    if (signal_ != 0) return kExitSignal + signal_;
    const bool lacks =
        (report.budget_ms && !report.within_budget) || (report.min_top1_percent && !report.accurate_enough);
    return has_failed_ || lacks ? kExitSomeFailed : kExitOk;
  }

 private:
  void CheckDataset() const {
    std::error_code error;
    const std::string& dataset = options_.truth.dataset;
    if (!dataset.empty() && !std::filesystem::is_directory(dataset, error)) {
      Fail(dataset, ": is no folder (a folder of images, with a folder a class in it)");
    }
  }

  // Those here that can run as asked for, and with --estimate what stands for those that are not.
  void FindVariants() {
    std::vector<Variant> found;
    if (options_.models.empty()) {
      for (const ModelHere& model : ModelsHere())
        found.push_back({model.name, model.path, FindKnown(model.name)});
    }
    for (const std::string& model : options_.models) {
      const std::string path = FindModel(model);
      // A name is shown as it was given; a file's name may be the catalogue's.
      found.push_back({model, path, FindKnown(std::filesystem::path(path).stem().string())});
    }
    int64_t of_other_types = 0;
    for (Variant& variant : found) {
      try {
        const ModelFile file = ModelFile::Open(variant.path);
        if (!RunsIn(options_.engine.precision, file.quantization())) {
          ++of_other_types;
          continue;
        }
        Described described{NetworkOf(file), file.PublishedTop1()};
        if (!described.published_top1 && variant.known)
          described.published_top1 = variant.known->published_top1;
        described_.emplace(variant.key(), std::move(described));
        here_.push_back(std::move(variant));
      } catch (const Error& error) {
        PrintError(error.what());
        has_failed_ = true;
      }
    }
    if (of_other_types > 0) {
      PrintNote(StrCat("left out ", of_other_types, of_other_types == 1 ? " model" : " models",
                       " of another type than --precision asks for\n"));
    }
    if (options_.estimates) FindEstimated(found);
    if (here_.empty() && estimated_.empty()) {
      Fail(found.empty() ? "no models on this machine" : "no model here to measure",
           " (`mobilenet models get NAME` gets one, --estimate estimates those of the catalogue)");
    }
  }

  void FindEstimated(const std::vector<Variant>& found) {
    std::map<std::pair<std::string_view, std::string_view>, std::vector<const KnownModel*>> groups;
    for (const KnownModel& known : KnownModels()) {
      const bool is_here = std::any_of(found.begin(), found.end(),
                                       [&](const Variant& variant) { return variant.known == &known; });
      if (is_here || !RunsIn(options_.engine.precision, QuantizationOfName(known.quantization))) continue;
      estimated_.push_back(&known);
      groups[{known.architecture, known.quantization}].push_back(&known);
    }
    for (auto& [key, group] : groups) {
      std::stable_sort(group.begin(), group.end(), [](const KnownModel* a, const KnownModel* b) {
        return MultAdds(NetworkOfKnown(*a)) < MultAdds(NetworkOfKnown(*b));
      });
      const size_t count = std::min(kCalibrations, group.size());
      for (size_t i = 0; i < count; ++i) {
        const KnownModel* known = group[count == 1 ? 0 : i * (group.size() - 1) / (count - 1)];
        calibrations_.push_back({std::string(known->name), "", known});
      }
    }
  }

  void ChoosePlan() {
    EngineOptions engine = options_.engine;
    // So that a run goes on as it began, whatever else the machine does today.
    if (engine.threads == 0 && options_.resume) engine.threads = file_->EarlierThreads().value_or(0);
    plan_ = engine.PlanOptionsHere();
  }

  MeasurementSettings Settings() const {
    return {.threads = plan_.threads,
            .backend = BackendName(options_.engine.backend),
            .precision =
                options_.engine.precision ? std::string(DataTypeName(*options_.engine.precision)) : "auto",
            .isa = std::string(IsaName(plan_.isa)),
            .schedule = options_.engine.for_caches ? "auto" : "layers",
            .dataset = options_.truth.dataset};
  }

  size_t MeasuredCount() const { return here_.size() + calibrations_.size(); }

  double Seconds() const {
    if (options_.duration_s) return *options_.duration_s;
    const double each = kSecondsOfAll / static_cast<double>(MeasuredCount()) - kTurns * kSecondsBeside;
    return std::clamp(each, kLeastSeconds, kSeconds);
  }

  void Announce() const {
    const double seconds = static_cast<double>(MeasuredCount()) * (Seconds() + kTurns * kSecondsBeside);
    std::vector<std::string> parts;
    if (!here_.empty()) parts.push_back(StrCat(here_.size(), here_.size() == 1 ? " model" : " models"));
    if (!calibrations_.empty()) {
      parts.push_back(StrCat(calibrations_.size(), " networks with random weights, to estimate ",
                             estimated_.size(), " models,"));
    }
    std::string text = "measures " + StrJoin(parts, " and ");
    text +=
        StrCat(" in ", kTurns, " turns: about ",
               seconds < 90 ? StrCat(std::ceil(seconds), " s") : StrCat(std::ceil(seconds / 60), " minutes"));
    if (!options_.truth.dataset.empty()) {
      text += StrCat("; then counts right answers on ", options_.truth.dataset);
    }
    PrintNote(text + "\n");
  }

  // Each in its turn, but for what an earlier run has measured, until a signal comes.
  void Measure() {
    std::vector<Variant> all = here_;
    all.insert(all.end(), calibrations_.begin(), calibrations_.end());
    std::map<std::string, int> turns;
    if (file_) {
      for (const Measurement& measurement : file_->measurements()) {
        if (measurement.latency) ++turns[measurement.model];
        Keep(measurement);
      }
    }
    PartProgress progress(::isatty(STDERR_FILENO) == 1);
    const double count = static_cast<double>(all.size()) * kTurns;
    double done = 0;
    try {
      for (int turn = 0; turn < kTurns; ++turn) {
        for (const Variant& variant : all) {
          const double done_before = done++;
          if (turns[variant.key()] > turn || failed_.count(variant.key()) > 0) continue;
          MeasureOne(variant, [&](double part) {
            if (StopSignals::Received() != 0) throw Stopped();
            progress.Update((done_before + part) / count);
          });
        }
      }
    } catch (const Stopped&) {
    }
  }

  void MeasureOne(const Variant& variant, const std::function<void(double)>& progress) {
    progress(0);
    BenchCase one;
    one.open = [&variant] {
      if (!variant.path.empty()) return ModelFile::Open(variant.path);
      return RandomModel(NetworkOfKnown(*variant.known), QuantizationOfName(variant.known->quantization));
    };
    one.is_file = false;  // nobody asks for its check sum
    one.way.backend = BackendName(options_.engine.backend);
    one.plan = plan_;
    Measurement measurement{variant.key(), std::nullopt, std::nullopt, std::nullopt, 0};
    try {
      if (!variant.path.empty()) measurement.stamp = StampOf(variant.path);
      measurement.latency = MeasureLatency({one}, limits_, watch_, nullptr, progress).results.front();
    } catch (const Error& error) {
      PrintError(error.what());
      failed_.insert(variant.key());
      has_failed_ = true;
      return;
    }
    measurement.latency->way.model = variant.name;
    Keep(measurement);
    if (file_) file_->Add(std::move(measurement));
  }

  // Adds a turn to the others of the same model.
  void Keep(const Measurement& measurement) {
    if (measurement.top1) accuracies_[measurement.model] = {*measurement.top1, measurement.images};
    if (!measurement.latency) return;
    const BenchResult& turn = *measurement.latency;
    const double turn_ms = Median(turn.runs_ms);
    const auto [found, is_first] = results_.try_emplace(measurement.model, turn);
    double& fastest_ms = fastest_turn_ms_.try_emplace(measurement.model, turn_ms).first->second;
    if (is_first) return;
    BenchResult& result = found->second;
    result.runs_ms.insert(result.runs_ms.end(), turn.runs_ms.begin(), turn.runs_ms.end());
    // Of its layers the fastest turn's: the estimate is then stretched to what all turns took.
    if (turn_ms < fastest_ms) {
      fastest_ms = turn_ms;
      result.layers = turn.layers;
    }
  }

  void Evaluate() {
    for (const Variant& variant : here_) {
      if (accuracies_.count(variant.key()) > 0 || failed_.count(variant.key()) > 0) continue;
      ClassifyOptions run;
      run.engine = options_.engine;
      run.engine.threads = plan_.threads;
      run.engine.model = variant.path;
      try {
        const auto stamp = StampOf(variant.path);
        const Evaluation evaluation = EvaluateModel(run, options_.truth, output_);
        if (evaluation.is_interrupted()) {  // right answers on some images only
          signal_ = evaluation.status - kExitSignal;
          return;
        }
        has_failed_ = has_failed_ || evaluation.status != kExitOk;
        Measurement measurement{variant.key(), stamp, std::nullopt, evaluation.report.top1,
                                evaluation.report.images};
        Keep(measurement);
        if (file_) file_->Add(std::move(measurement));
      } catch (const Error& error) {
        PrintError(StrCat(variant.name, ": ", error.what()));
        has_failed_ = true;
      }
    }
  }

  TradeoffRow RowOf(const std::string& name, const Network& network, const std::string& precision) const {
    TradeoffRow row;
    row.name = name;
    if (options_.engine.precision)
      row.option = StrCat("--precision ", DataTypeName(*options_.engine.precision));
    row.architecture = network.architecture;
    row.width_multiplier = network.width_multiplier;
    row.resolution = network.resolution;
    row.precision = precision;
    row.mult_adds = MultAdds(network);
    return row;
  }

  TradeoffReport Report() {
    TradeoffReport report;
    std::vector<BenchResult> results;
    for (const Variant& variant : here_) {
      const auto result = results_.find(variant.key());
      if (result == results_.end()) continue;
      const Described& described = described_.at(variant.key());
      TradeoffRow row = RowOf(variant.name, described.network, result->second.way.precision);
      row.path = variant.path;
      const Distribution latency = Describe(result->second.runs_ms);
      row.runs = std::ssize(result->second.runs_ms);
      row.min_ms = latency.min;
      row.median_ms = latency.median;
      row.p90_ms = latency.p90;
      if (options_.truth.dataset.empty()) {
        row.top1_percent = described.published_top1;
      } else if (const auto found = accuracies_.find(variant.key()); found != accuracies_.end()) {
        row.evaluated = found->second.top1;
        row.evaluated_images = found->second.images;
        row.top1_percent = 100 * row.evaluated->rate;
      }
      report.rows.push_back(std::move(row));
      results.push_back(result->second);
      results.back().way.model = variant.name;
    }
    AddEstimated(report);
    report.threads = plan_.threads;
    report.backend = BackendName(options_.engine.backend);
    report.dataset = options_.truth.dataset;
    report.budget_ms = options_.budget_ms;
    report.min_top1_percent = options_.min_top1_percent;
    report.is_complete = signal_ == 0;
    report.judgement = JudgeBench(watch_.looks(), results);
    report.machine = ReadMachine();
    report.last_level_cache_bytes = LastLevelCacheBytes();
    return report;
  }

  // Where right answers are counted, nothing is known of them: what was published is of other images.
  void AddEstimated(TradeoffReport& report) const {
    std::vector<BenchResult> measured;
    for (const auto& [key, result] : results_) measured.push_back(result);
    const LatencyEstimate estimate(measured);
    for (const KnownModel* known : estimated_) {
      const Network network = NetworkOfKnown(*known);
      const DataType type =
          options_.engine.precision.value_or(StoredType(QuantizationOfName(known->quantization)));
      const auto latency = estimate.Of(network, type);
      if (!latency) continue;
      TradeoffRow row = RowOf(std::string(known->name), network, std::string(DataTypeName(type)));
      row.is_estimated = true;
      row.median_ms = latency->median_ms;
      row.p90_ms = latency->p90_ms;
      if (options_.truth.dataset.empty()) row.top1_percent = known->published_top1;
      report.rows.push_back(std::move(row));
    }
  }

  struct Described {
    Network network;
    std::optional<double> published_top1;  // percent
  };
  struct Accuracy {
    RightRow top1;
    int64_t images = 0;
  };

  const TradeoffOptions& options_;
  StandardOutput& output_;
  PlanOptions plan_;
  BenchLimits limits_;
  MachineWatch watch_;
  std::vector<Variant> here_;
  std::vector<Variant> calibrations_;
  std::vector<const KnownModel*> estimated_;
  std::optional<MeasurementFile> file_;
  // By Variant::key.
  std::map<std::string, Described> described_;
  std::map<std::string, BenchResult> results_;
  std::map<std::string, double> fastest_turn_ms_;
  std::map<std::string, Accuracy> accuracies_;
  std::set<std::string> failed_;
  bool has_failed_ = false;
  int signal_ = 0;
};

}  // namespace

int RunTradeoff(const TradeoffOptions& options, StandardOutput& output) {
  if (options.plot && options.plot->empty()) Fail("--plot: an empty name (FILE.svg)");
  return TradeoffRun(options, output).Go();
}

}  // namespace mobilenet
