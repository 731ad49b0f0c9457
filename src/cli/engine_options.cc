#include "src/cli/engine_options.h"

#include <CLI/CLI.hpp>

#include "kernels/common/isa.h"
#include "src/base/cpu_caches.h"
#include "src/base/cpu_cores.h"
#include "src/cli/options.h"

namespace mobilenet {
namespace {

const Choices<BackendChoice> kBackendChoices = {
    {"auto", BackendChoice::kAuto},
    {"xnnpack", BackendChoice::kXnnpack},
    {"native", BackendChoice::kNative},
};

const Choices<std::optional<DataType>> kPrecisions = {
    {"auto", std::nullopt},
    {"f32", DataType::kF32},
    {"u8", DataType::kU8},
    {"s8", DataType::kS8},
};

const Choices<bool> kSchedules = {
    {"auto", true},
    {"layers", false},
};

}  // namespace

PlanOptions EngineOptions::PlanOptionsHere() const {
  return {backend, precision, threads > 0 ? threads : FastestClusterCores(), BestIsa(),
          in_panels ? LastLevelCacheBytes() : 0};
}

std::string BackendName(BackendChoice backend) {
  for (const auto& [name, choice] : kBackendChoices) {
    if (choice == backend) return name;
  }
  return "";
}

void AddEngineOptions(CLI::App& command, EngineOptions& options) {
  command.add_option("-m,--model", options.model, "Default: $MOBILENET_MODEL, else V1 1.0 224 s8")
      ->type_name("NAME|FILE");
  AddChoice(command, "--backend", options.backend, kBackendChoices, "Kernels. Default: auto");
  AddChoice(command, "--precision", options.precision, kPrecisions, "Default: auto, as the file");
  AddChoice(command, "--schedule", options.in_panels, kSchedules, "auto: layers in panels for small caches");
  AddNumber(command, "--threads", options.threads, 1, 1024, "Default: cores of the fastest cluster");
}

}  // namespace mobilenet
