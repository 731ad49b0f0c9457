// Which model runs and how: the options that all commands which run one share.
#pragma once

#include <optional>
#include <string>

#include "src/base/tensor.h"
#include "src/engine/plan.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct EngineOptions {
  std::string model;  // as FindModel takes it
  BackendChoice backend = BackendChoice::kAuto;
  std::optional<DataType> precision;
  int threads = 0;        // 0: the number of cores in the fastest cluster
  bool in_panels = true;  // layers cut into panels where the caches call for it

  // What a plan takes, with this machine's cores and CPU features for what was left open.
  PlanOptions PlanOptionsHere() const;
};

// "auto", "xnnpack", "native".
std::string BackendName(BackendChoice backend);

void AddEngineOptions(CLI::App& command, EngineOptions& options);

}  // namespace mobilenet
