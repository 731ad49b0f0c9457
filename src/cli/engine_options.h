// Which model runs and how: the options that all commands which run one share.
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
  std::optional<Isa> isa;            // of native kernels; $MOBILENET_ISA, else the best, if not given
  int threads = 0;                   // 0: the free cores of the fastest cluster
  std::optional<std::string> cores;  // that this process is held to, as ChooseCores takes them
  bool for_caches = true;            // in strips and panels where the caches call for it

  // What a plan takes, with this machine's cores and CPU features for what was left open. Throws Error for an
  // instruction set that this CPU or this build lacks.
  PlanOptions PlanOptionsHere() const;
};

// What --backend and --precision take; no precision is "auto".
extern const Choices<BackendChoice> kBackendChoices;
extern const Choices<std::optional<DataType>> kPrecisions;

// "auto", "xnnpack", "native".
std::string BackendName(BackendChoice backend);

void AddEngineOptions(CLI::App& command, EngineOptions& options);
// --model with names or files, with commas between them.
CLI::Option* AddModelList(CLI::App& command, std::vector<std::string>& models, const std::string& help);
// --cores
void AddCoresOption(CLI::App& command, EngineOptions& options);
// Those of them of which a command wants a single value, where it has lists of the others: --schedule, --isa.
void AddKernelOptions(CLI::App& command, EngineOptions& options);

}  // namespace mobilenet
