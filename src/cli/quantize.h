// mobilenet quantize: a float model in 8 bits, calibrated with photographs.
#pragma once

#include <functional>
#include <string>

#include "src/cli/options.h"
#include "src/cli/standard_output.h"
#include "src/eval/truth.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct QuantizeOptions {
  std::string model;        // as FindModel takes it
  std::string photographs;  // a folder; "": the ranges are read
  std::string ranges;       // a file, written with photographs and read without them; "" for none
  std::string output;       // file
  bool to_half = false;     // stores weights as half floats instead, which needs no photograph
  TruthOptions eval;        // labelled images on which right answers are counted; none if its folder is ""
  int threads = 0;          // 0: the free cores of the fastest cluster
  OutputFormat format = OutputFormat::kText;
  bool is_quiet = false;  // only errors on standard error
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddQuantizeCommand(CLI::App& app, const std::function<void(const QuantizeOptions&)>& run);

// Writes the quantised model, the same bytes on every machine, and prints what each layer lost. Photographs
// that cannot be read are reported on stderr, and the status is 1. Throws Error if none can be read, for a
// model whose weights are not f32 or with layers that 8 bits make no sense for, and if the file cannot be
// written.
int RunQuantize(const QuantizeOptions& options, StandardOutput& output);

}  // namespace mobilenet
