// mobilenet summary: a network's layers and costs, as the paper's tables show them; networks side by side;
// the papers' tables beside ours.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct SummaryOptions {
  std::string model;  // as FindModel takes it; "": the network that the other options describe
  std::string architecture = "mobilenet_v1";
  double width_multiplier = 1.0;
  std::optional<int> resolution;       // pixels; if not given, the architecture's own
  int classes = 1000;                  // the paper's; the published files have one more, background
  std::optional<std::string> compare;  // names (models/network_name.h) and files, separated by commas
  bool separable = false;
  bool paper = false;
  std::optional<std::string> plot;  // file for a picture
  ReportFormat format = ReportFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddSummaryCommand(CLI::App& app, const std::function<void(const SummaryOptions&)>& run);

// Throws Error if there is no such network or model.
void RunSummary(const SummaryOptions& options, StandardOutput& output);

}  // namespace mobilenet
