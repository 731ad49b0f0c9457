// Which model runs and how: the options shared by all commands that run one.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "kernels/common/isa.h"
#include "src/base/tensor.h"
#include "src/cli/options.h"
#include "src/engine/plan.h"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace mobilenet {

struct EngineOptions {
  std::string model;  // as FindModel takes it
  BackendChoice backend = BackendChoice::kAuto;
  std::optional<DataType> precision;
  std::optional<Isa> isa;            // for native kernels; if not given, $MOBILENET_ISA, else the best
  int threads = 0;                   // 0: the free cores of the fastest cluster
  std::optional<std::string> cores;  // this process is bound to these, as ChooseCores takes them
  bool for_caches = true;            // in strips and panels if the caches call for it

  // The options of a plan, with this machine's cores and CPU features for what was left open. Throws Error
  // for an instruction set that this CPU or this build lacks.
  PlanOptions PlanOptionsHere() const;
};

// The values of --backend and --precision; if there is no precision, "auto".
extern const Choices<BackendChoice> kBackendChoices;
extern const Choices<std::optional<DataType>> kPrecisions;

// "auto", "xnnpack", "native".
std::string BackendName(BackendChoice backend);

// The help of --model, --backend and --precision, where a command has one or several of them.
extern const char kModelHelp[];
extern const char kBackendHelp[];
extern const char kPrecisionHelp[];

void AddEngineOptions(CLI::App& command, EngineOptions& options);
// --model with names or files, separated by commas.
CLI::Option* AddModelList(CLI::App& command, std::vector<std::string>& models, const std::string& help);
// --threads
void AddThreadsOption(CLI::App& command, int& threads);
// --cores
void AddCoresOption(CLI::App& command, EngineOptions& options);
// The options that have a single value where a command has lists of the others: --schedule, --isa.
void AddKernelOptions(CLI::App& command, EngineOptions& options);

}  // namespace mobilenet
