#include "src/cli/doctor.h"

#include <gnu/libc-version.h>

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include <CLI/CLI.hpp>

#include "kernels/common/isa.h"
#include "src/base/cpu_caches.h"
#include "src/base/cpu_part.h"
#include "src/base/error.h"
#include "src/base/machine.h"
#include "src/cli/engine_options.h"
#include "src/cli/model_lookup.h"
#include "src/engine/kernel_choice.h"
#include "src/engine/xnnpack_backend.h"
#include "src/report/doctor.h"
#include "src/weights/model_file.h"

namespace mobilenet {
namespace {

// From here on Raspberry Pi's firmware lowers the clock, and more from 85 degrees on.
constexpr double kHotCelsius = 80;
// V1 1.0 in float has 17 MB of weights, a photograph of 12 megapixels 36 MB.
constexpr int64_t kLowMemoryMegabytes = 64;

#if defined(__aarch64__)
constexpr char kArchitecture[] = "aarch64";
#elif defined(__arm__)
constexpr char kArchitecture[] = "armv7";
#elif defined(__x86_64__)
constexpr char kArchitecture[] = "x86-64";
#else
constexpr char kArchitecture[] = "another architecture";
#endif

const char* When(const PowerState& state) {
  if (state.now.value_or(false)) return " now";
  return state.since_boot.value_or(false) ? " since boot" : nullptr;
}

void AddPowerFindings(const Machine& machine, std::vector<std::string>& findings) {
  const auto add = [&](PowerCondition condition, const char* what, const char* advice) {
    const char* when = When(machine.power[static_cast<size_t>(condition)]);
    if (when != nullptr) findings.push_back(StrCat(what, when, ": ", advice));
  };
  add(PowerCondition::kUnderVoltage, "under-voltage",
      "the board slows down or fails; use a better power supply and a short thick cable");
  add(PowerCondition::kFrequencyCapped, "clock capped by the firmware",
      "it follows under-voltage or heat; see to supply and cooling");
  add(PowerCondition::kThrottled, "throttled",
      "measurements of that time are too slow; see to supply and cooling");
  add(PowerCondition::kSoftTemperatureLimit, "above the soft temperature limit",
      "the clock is lowered; cool the board, with a heat sink or fan");
}

void AddTemperatureFinding(const Machine& machine, std::vector<std::string>& findings) {
  const auto hottest =
      std::max_element(machine.temperatures.begin(), machine.temperatures.end(),
                       [](const Temperature& a, const Temperature& b) { return a.celsius < b.celsius; });
  if (hottest == machine.temperatures.end() || hottest->celsius < kHotCelsius) return;
  findings.push_back(StrCat("temperature ", static_cast<int>(hottest->celsius), " C (", hottest->zone,
                            "): throttled soon or already; cool the board, with a heat sink or fan"));
}

void AddClockFindings(const Machine& machine, std::vector<std::string>& findings) {
  for (const CpuCluster& cluster : machine.clusters) {
    const std::string cores = "cores " + CoresText(cluster.cores);
    // On x86 the governor of this name goes up with the load.
    if (cluster.governor == "powersave" && machine.features) {
      findings.push_back(
          StrCat("governor of ", cores, " is powersave: they stay at their lowest clock; ",
                 "echo ondemand | sudo tee /sys/devices/system/cpu/cpufreq/policy*/scaling_governor"));
    }
    if (cluster.limit_mhz && cluster.max_mhz && *cluster.limit_mhz < *cluster.max_mhz) {
      findings.push_back(
          StrCat("clock of ", cores, " is limited to ", *cluster.limit_mhz, " of ", *cluster.max_mhz,
                 " MHz: by heat or by a setting (scaling_max_freq of cpufreq); cool the board or "
                 "raise it"));
    }
  }
  if (!machine.offline_cores.empty()) {
    findings.push_back(StrCat("cores ", CoresText(machine.offline_cores),
                              " are offline: they compute nothing; echo 1 | sudo tee "
                              "/sys/devices/system/cpu/cpuN/online"));
  }
}

void AddMemoryFinding(const Machine& machine, std::vector<std::string>& findings) {
  if (!machine.memory_available_bytes) return;
  const int64_t megabytes = *machine.memory_available_bytes / (1024 * 1024);
  if (megabytes >= kLowMemoryMegabytes) return;
  findings.push_back(StrCat("only ", megabytes,
                            " MB of memory are available: end other programs, or take a smaller model "
                            "(mobilenet_v1_0.25_128_s8)"));
}

std::vector<std::string> MachineFindings(const Machine& machine) {
  std::vector<std::string> findings;
  AddPowerFindings(machine, findings);
  AddTemperatureFinding(machine, findings);
  AddClockFindings(machine, findings);
  AddMemoryFinding(machine, findings);
  return findings;
}

Isa ChosenIsa(std::vector<std::string>& findings) {
  try {
    const Isa isa = EngineOptions().PlanOptionsHere().isa;
    if (isa < BestIsa()) {
      findings.push_back(StrCat("MOBILENET_ISA is ", IsaName(isa), ": native kernels could run with ",
                                IsaName(BestIsa()), "; unset it"));
    }
    return isa;
  } catch (const Error& error) {
    findings.push_back(error.what());
    return BestIsa();
  }
}

ProgramRow DescribeProgram(long cpu_part, std::vector<std::string>& findings) {
  const Isa isa = ChosenIsa(findings);
  KernelChoices choices;
  try {
    choices = ChooseKernels(isa, cpu_part);
  } catch (const Error& error) {
    findings.push_back(error.what());
  }
  ProgramRow program;
  program.version = MOBILENET_VERSION;
  program.architecture = kArchitecture;
  program.glibc = gnu_get_libc_version();
  program.xnnpack_generation = XnnpackGeneration();
  program.xnnpack_error = choices.xnnpack_error;
  program.isa_compiled = IsaName(CompiledIsa());
  program.isa_detected = IsaName(DetectIsa());
  program.isa_chosen = IsaName(isa);
  for (KernelChoice& choice : choices.kernels) {
    program.kernels.push_back({std::move(choice.op), std::string(DataTypeName(choice.type)),
                               std::string(choice.backend), std::move(choice.kernel)});
  }
  if (!program.xnnpack_generation.empty() && !program.xnnpack_error.empty()) {
    findings.push_back(StrCat(program.xnnpack_error, ": the native kernels run instead"));
  }
  try {
    program.model = ModelFile::Open(FindModel("")).path();
  } catch (const Error& error) {
    findings.push_back(StrCat("no default model: ", error.what()));
  }
  return program;
}

}  // namespace

void AddDoctorCommand(CLI::App& app, const std::function<void(const DoctorOptions&)>& run) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command = app.add_subcommand("doctor", "Kernels, clocks, temperature; what is wrong");
  command->add_option("--root", options->root, "Its proc and sys instead of /proc and /sys")
      ->type_name("FOLDER")
      ->check(CLI::Validator(CLI::ExistingDirectory).description(""));  // the help shows FOLDER alone
  AddChoice(*command, "--format", options->format, kOutputFormats, "Default: text");
  command->footer("Example: mobilenet doctor --format json");
  command->callback([options, run] { run(*options); });
}

void RunDoctor(const DoctorOptions& options, StandardOutput& output) {
  DoctorReport report;
  report.machine = ReadMachine(options.root);
  report.last_level_cache_bytes = LastLevelCacheBytes(options.root);
  report.findings = MachineFindings(report.machine);
  report.program = DescribeProgram(CpuPart(options.root), report.findings);
  output.Write(options.format == OutputFormat::kJson ? DoctorJson(report) : DoctorText(report));
}

}  // namespace mobilenet
