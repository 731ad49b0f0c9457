// mobilenet tune: which threads and cores are best for a model on this machine, kept for later runs.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "src/cli/bench.h"
#include "src/cli/standard_output.h"
#include "src/records/tuning.h"
#include "src/weights/model_file.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct TuneOptions {
  BenchOptions bench;   // a sweep of one model
  bool anyway = false;  // keep the result of a disturbed measurement, too
  bool forget = false;  // drop what is kept, instead of measuring
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddTuneCommand(CLI::App& app, const std::function<void(const TuneOptions&)>& run);

// Returns the exit status. Throws Error.
int RunTune(const TuneOptions& options, StandardOutput& output);

// What is kept for this model, run in this way on this machine.
StoredTuning TuningOf(const ModelFile& file, const EngineOptions& engine);

}  // namespace mobilenet
