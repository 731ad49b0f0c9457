// mobilenet bench: the latency of a model on this machine.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "src/cli/engine_options.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct BenchOptions {
  EngineOptions engine;
  std::string architecture;  // of a network with random weights, instead of a model; empty: none
  double width_multiplier = 1.0;
  std::optional<int> resolution;  // pixels; the architecture's own if not given
  bool random = false;
  int warmup = 3;  // inferences before those that are measured
  int runs = 20;   // inferences measured
  OutputFormat format = OutputFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddBenchCommand(CLI::App& app, const std::function<void(const BenchOptions&)>& run);

// Runs the model on a grey picture. Throws Error where there is no such model or network.
void RunBench(const BenchOptions& options, StandardOutput& output);

}  // namespace mobilenet
