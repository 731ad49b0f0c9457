// mobilenet bench: the latency of models on this machine, and whether to believe it.
#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "src/cli/engine_options.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"
#include "src/engine/latency.h"
#include "src/report/bench_comparison.h"

namespace CLI {
class App;
}

namespace mobilenet {

// Every combination of models, backends, precisions and threads is measured.
struct BenchOptions {
  EngineOptions engine;             // shared by all
  std::vector<std::string> models;  // as FindModel takes them; none: the default model
  std::vector<BackendChoice> backends = {BackendChoice::kAuto};
  std::vector<std::optional<DataType>> precisions = {std::nullopt};
  std::vector<int> threads = {0};  // 0: the free cores of the fastest cluster
  bool sweep = false;              // instead: each number of threads on each cluster
  std::string architecture;        // of a network with random weights, instead of models; "": none
  double width_multiplier = 1.0;
  std::optional<int> resolution;  // pixels; if not given, the architecture's own
  BenchLimits limits;
  bool layers = false;              // also if there are several results
  std::string image;                // a picture to measure from file to labels; "": only inference
  std::optional<std::string> plot;  // FILE.svg
  bool submits_text = false;        // Markdown for pasting into an issue, instead of `format`
  std::string compare;              // the JSON of an earlier bench, or empty
  double max_regression_percent = 5;
  bool strict = false;       // whatever disturbs the measurement is a failure
  std::string machine_root;  // "" or, for tests, a folder with what a machine's kernel shows
  ReportFormat format = ReportFormat::kText;
};

// What measuring each combination gave, with the recommendations of a sweep. Throws Error if there is no such
// model or network, and if `earlier` has results, but for none of these combinations.
BenchReport MeasureBench(const BenchOptions& options, std::span<const EarlierBench> earlier = {});

// The report in the format of the options, for a terminal of so many columns (0: no terminal); `comparison`
// may be null.
std::string FormattedBench(const BenchReport& report, const BenchComparison* comparison, int columns,
                           const BenchOptions& options);

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddBenchCommand(CLI::App& app, const std::function<void(const BenchOptions&)>& run);

// Runs the models on a grey picture. Returns the exit status. Throws Error for an unknown model or network.
int RunBench(const BenchOptions& options, StandardOutput& output);

}  // namespace mobilenet
