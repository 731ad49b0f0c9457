#include "src/cli/bench.h"

#include <memory>
#include <optional>
#include <utility>

#include <CLI/CLI.hpp>

#include "models/registry.h"
#include "src/base/cpu_caches.h"
#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/base/machine_look.h"
#include "src/base/power_meter.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/progress.h"
#include "src/cli/version.h"
#include "src/engine/describe_program.h"
#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/engine/xnnpack_backend.h"
#include "src/records/plot_file.h"
#include "src/report/bench.h"
#include "src/report/bench_comparison.h"
#include "src/report/bench_plots.h"
#include "src/report/bench_recommendation.h"
#include "src/report/bench_verdict.h"
#include "src/weights/loaded_file.h"
#include "src/weights/model_file.h"
#include "src/weights/model_lookup.h"
#include "src/weights/random_model.h"

namespace mobilenet {
namespace {

constexpr int kMaxRuns = 1'000'000;
constexpr size_t kMaxCases = 200;

}  // namespace

void AddBenchCommand(CLI::App& app, const std::function<void(const BenchOptions&)>& run) {
  auto options = std::make_shared<BenchOptions>();
  CLI::App* command = app.add_subcommand("bench", "Measure latency, and say whether to believe it");
  OptionGroup group(*command, "Model and speed");
  CLI::Option* const model = AddModelList(*command, options->models, kModelHelp);
  CLI::Option* const architecture =
      command
          ->add_option(
              "--arch", options->architecture,
              "Instead of a model, run this network, with\nrandom weights (summary --help lists names)")
          ->type_name("NAME")
          ->excludes(model);
  // For scripts that should show that the weights are random.
  command->add_flag("--random")
      ->needs(architecture)
      ->description("Use random weights, as --arch always does");
  command->add_option("--width", options->width_multiplier, "With --arch, the width multiplier")
      ->type_name("W")
      ->default_str("1.0")
      ->needs(architecture);
  command
      ->add_option("--resolution", options->resolution,
                   "With --arch, the input pixels. Default: the\narchitecture's")
      ->type_name("R")
      ->needs(architecture);
  AddChoiceList(*command, "--backend", options->backends, kBackendChoices, kBackendHelp);
  AddChoiceList(*command, "--precision", options->precisions, kPrecisions, kPrecisionHelp);
  AddKernelOptions(*command, options->engine);
  CLI::Option* const threads = AddNumberList(
      *command, "--threads", options->threads, 1, 1024,
      "Compute on N threads; several numbers, such as\n1,2,4 or 1-4, are compared. Default: as many "
      "as\nthe fastest cluster has free cores");
  AddCoresOption(*command, options->engine);
  group.Begin("Measurement");
  command
      ->add_flag("--sweep", options->sweep,
                 "Measure 1, 2, 3... threads on each cluster, and\nrecommend a number; not with --threads")
      ->excludes(threads);
  command
      ->add_option("--warmup", options->limits.warmup,
                   "Run N inferences first, which do not count.\nDefault: until they get no faster")
      ->type_name("N")
      ->check(Within(0, kMaxRuns, "whole number"));
  CLI::Option* const runs =
      command->add_option("--runs", options->limits.runs, "Measure N inferences; not with --duration")
          ->type_name("N")
          ->check(Within(1, kMaxRuns, "whole number"));
  AddReal(*command, "--duration", options->limits.duration_s, 0.001, 86400,
          "Measure for S seconds, but at least 20\ninferences")
      ->type_name("S")
      ->capture_default_str()
      ->excludes(runs);
  command
      ->add_option("--image", options->image,
                   "Measure from this picture's file to its labels,\nstage by stage")
      ->type_name("FILE");
  AddRootOption(*command, options->machine_root);
  group.Begin("Output");
  command->add_flag("--layers", options->layers, "Print the layers of each combination");
  CLI::Option* const compare =
      command
          ->add_option("--compare", options->compare,
                       "Compare with the JSON of an earlier bench; exit\nstatus 1 if this one is slower")
          ->type_name("FILE");
  AddReal(*command, "--max-regression", options->max_regression_percent, 0, 1000,
          "With --compare, how much slower the median may\nbe, in percent")
      ->type_name("P")
      ->capture_default_str()
      ->needs(compare);
  command->add_flag("--strict", options->strict, "Exit status 1 unless the verdict is valid");
  command->add_option("--plot", options->plot, "Draw the distribution, layers and threads")
      ->type_name("FILE.svg");
  CLI::Option* const format = AddChoice(*command, "--format", options->format, kReportFormats, kFormatHelp);
  command->add_flag("--submit-text", options->submits_text, "Print Markdown to paste into an issue")
      ->excludes(format)
      ->excludes(compare);
  command->footer(
      "Examples: mobilenet bench --model mobilenet_v1_0.5_160_s8 --threads 1-4\n"
      "          mobilenet bench --arch mobilenet_v2 --precision f32,s8");
  command->callback([options, run] { run(*options); });
}

namespace {

constexpr int kRandomClasses = 1000;  // as in the papers

ModelFile RandomModelOf(const BenchOptions& options, std::optional<DataType> precision) {
  const Architecture& architecture = FindArchitecture(options.architecture);
  const Network network =
      MakeNetwork(options.architecture, options.width_multiplier,
                  options.resolution.value_or(architecture.default_resolution), kRandomClasses);
  switch (precision.value_or(DataType::kF32)) {
    case DataType::kU8:
      CheckComputesInIntegers(network, options.architecture);
      return RandomModel(network, WeightQuantization::kU8PerTensor);
    case DataType::kS8:
      CheckComputesInIntegers(network, options.architecture);
      return RandomModel(network, WeightQuantization::kS8PerChannel);
    default:
      return RandomModel(network, WeightQuantization::kNone);
  }
}

// Each one if there are few, some if there are many.
std::vector<int> ThreadCounts(int most) {
  std::vector<int> counts;
  for (int count = 1; count < most; count += count < 8 ? 1 : count / 4) counts.push_back(count);
  counts.push_back(most);
  return counts;
}

struct ThreadsOnCores {
  int threads = 0;
  std::vector<int> cores;
};

std::vector<ThreadsOnCores> ThreadsOf(const BenchOptions& options) {
  std::vector<ThreadsOnCores> all;
  if (!options.sweep) {
    const std::vector<int> held =
        options.engine.cores ? ChooseCores("all", options.machine_root) : std::vector<int>();
    for (const int threads : options.threads) all.push_back({threads, held});
    return all;
  }
  const std::vector<CoreCluster> clusters = AllowedClusters(options.machine_root);
  for (const CoreCluster& cluster : clusters) {
    const int most = WithinQuota(static_cast<int>(cluster.cores.size()), options.machine_root);
    for (const int threads : ThreadCounts(most)) all.push_back({threads, cluster.cores});
  }
  if (clusters.size() > 1) {
    const std::vector<int> cores = ChooseCores("all", options.machine_root);
    const int most = WithinQuota(static_cast<int>(cores.size()), options.machine_root);
    all.push_back({most, cores});
  }
  if (all.empty()) Fail("--sweep: this system does not say which cores there are (--threads 1-4)");
  return all;
}

// The last option changes first.
std::vector<BenchCase> CasesOf(const BenchOptions& options) {
  const bool is_random = !options.architecture.empty();
  std::vector<std::string> models = options.models;
  if (models.empty()) models.push_back("");
  const std::vector<ThreadsOnCores> all_threads = ThreadsOf(options);
  std::vector<BenchCase> cases;
  for (const std::string& model : models) {
    const std::string path = is_random ? RandomModelName(options.architecture) : FindModel(model);
    for (const BackendChoice backend : options.backends) {
      for (const std::optional<DataType> precision : options.precisions) {
        for (const auto& [threads, cores] : all_threads) {
          EngineOptions engine = options.engine;
          engine.backend = backend;
          engine.precision = precision;
          engine.threads = threads;
          BenchCase bench_case;
          bench_case.open = [&options, is_random, precision, path] {
            return is_random ? RandomModelOf(options, precision) : ModelFile::Open(path);
          };
          bench_case.is_file = !is_random;
          bench_case.image = options.image;
          bench_case.plan = engine.PlanOptionsHere();
          bench_case.way = {path, BackendName(backend), NameOf(kPrecisions, precision),
                            bench_case.plan.threads, cores};
          cases.push_back(std::move(bench_case));
          if (cases.size() > kMaxCases) {
            Fail("more than ", kMaxCases,
                 " combinations of models, backends, precisions and threads (choose fewer)");
          }
        }
      }
    }
  }
  return cases;
}

// The model as MeasureLatency is going to find it.
BenchWay WayToRun(const BenchCase& bench_case) {
  BenchWay way = bench_case.way;
  way.threads = bench_case.plan.threads;
  if (bench_case.plan.precision) return way;
  const DataType type = bench_case.is_file ? StoredType(bench_case.open().quantization()) : DataType::kF32;
  way.precision = DataTypeName(type);
  return way;
}

}  // namespace

std::string FormattedBench(const BenchReport& report, const BenchComparison* comparison, int columns,
                           const BenchOptions& options) {
  if (options.submits_text) return BenchSubmission(report);
  if (options.format == ReportFormat::kJson) return BenchJson(report, comparison);
  const TableFormat format = TableFormatOf(options.format, columns);
  const std::string compared = comparison == nullptr ? "" : BenchComparisonTable(*comparison, format);
  if (format == TableFormat::kText) {
    return BenchText(report, options.layers, columns) + (compared.empty() ? "" : "\n") + compared;
  }
  return compared.empty() ? BenchTable(report, format) : compared;
}

BenchReport MeasureBench(const BenchOptions& options, std::span<const EarlierBench> earlier) {
  if (options.engine.cores) HoldToCores(ChooseCores(*options.engine.cores, options.machine_root));
  const std::vector<BenchCase> cases = CasesOf(options);
  if (!earlier.empty()) {
    std::vector<BenchWay> ways;
    for (const BenchCase& one : cases) ways.push_back(WayToRun(one));
    CheckHasPair(earlier, options.compare, ways);
  }
  BenchReport report;
  report.machine = ReadMachine(options.machine_root);
  report.last_level_cache_bytes = LastLevelCacheBytes(options.machine_root);
  MachineWatch watch(options.machine_root);
  const PowerMeter power(options.machine_root);
  report.power_source = power.source();
  {
    PartProgress progress(CanShowProgress());
    Latencies latencies =
        MeasureLatency(cases, options.limits, watch, &power, [&](double part) { progress.Update(part); });
    report.results = std::move(latencies.results);
    report.skipped = std::move(latencies.skipped);
  }
  report.looks = watch.looks();
  report.judgement = JudgeBench(report.looks, report.results);
  if (options.sweep) report.recommendations = Recommend(report.results);
  report.program = {MOBILENET_VERSION,
                    CompilerText(),
                    MOBILENET_FLAGS,
                    std::string(XnnpackGeneration()),
                    std::string(IsaName(cases.front().plan.isa)),
                    ProgramArchitecture()};
  return report;
}

int RunBench(const BenchOptions& options, StandardOutput& output) {
  // Before anything is measured: a file that cannot be read or written, or has nothing to compare, is
  // reported at once.
  if (options.plot) CheckPlotFile(*options.plot);
  std::vector<EarlierBench> earlier;
  if (!options.compare.empty()) earlier = ReadBenchJson(FileText(options.compare), options.compare);
  const BenchReport report = MeasureBench(options, earlier);
  std::optional<BenchComparison> comparison;
  if (!earlier.empty()) {
    comparison = CompareBench(earlier, options.compare, report.results, options.max_regression_percent);
  }
  if (options.plot) WritePlotFile(*options.plot, BenchPlot(report));
  output.Write(FormattedBench(report, comparison ? &*comparison : nullptr, output.Style().columns, options));
  if (options.format == ReportFormat::kCsv) {
    for (const BenchSkipped& skipped : report.skipped) PrintError("skipped: " + skipped.reason);
  }
  const bool is_doubtful = options.strict && report.judgement.verdict != BenchVerdict::kValid;
  const bool is_failure = is_doubtful || (comparison && comparison->is_slower());
  return is_failure ? kExitSomeFailed : kExitOk;
}

}  // namespace mobilenet
