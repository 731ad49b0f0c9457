// mobilenet tradeoff: accuracy against latency of all models on this machine, and the one for a budget.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "src/cli/engine_options.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"
#include "src/eval/truth.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct TradeoffOptions {
  EngineOptions engine;             // for all models
  std::vector<std::string> models;  // as FindModel takes them; none: all on this machine
  std::optional<double> budget_ms;
  std::optional<double> min_top1_percent;
  bool estimates = false;            // also the models of the catalogue that are not here
  TruthOptions truth;                // with the data set on which right answers are counted; "" for none
  std::optional<double> duration_s;  // of each model, over all turns; bounded for all if not given
  std::string output;                // where the measurements go, to be resumed; "" for nowhere
  bool resume = false;
  bool is_quiet = false;            // only errors on standard error
  std::optional<std::string> plot;  // the file for a picture
  ReportFormat format = ReportFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddTradeoffCommand(CLI::App& app, const std::function<void(const TradeoffOptions&)>& run);

// Prints the report. The status is 1 if a model cannot be measured or none keeps a limit; after a signal 128
// and its number, with what was measured until then. Throws Error if there is nothing to measure.
int RunTradeoff(const TradeoffOptions& options, StandardOutput& output);

}  // namespace mobilenet
