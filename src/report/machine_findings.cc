#include "src/report/machine_findings.h"

#include <algorithm>
#include <cstdint>

#include "src/base/cpu_cores.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

// From here on, a Raspberry Pi's firmware lowers the clock, and more so from 85 degrees on.
constexpr double kHotCelsius = 80;
// V1 1.0 in float has 17 MB of weights, a photograph of 12 megapixels 36 MB.
constexpr int64_t kLowMemoryMegabytes = 64;
constexpr int64_t kMegabyte = 1024 * 1024;

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
      "under-voltage or heat causes this; check supply and cooling");
  add(PowerCondition::kThrottled, "throttled",
      "measurements made then are too slow; check supply and cooling");
  add(PowerCondition::kSoftTemperatureLimit, "above the soft temperature limit",
      "the clock is lowered; cool the board, with a heat sink or fan");
}

void AddTemperatureFinding(const Machine& machine, std::vector<std::string>& findings) {
  const auto hottest =
      std::max_element(machine.temperatures.begin(), machine.temperatures.end(),
                       [](const Temperature& a, const Temperature& b) { return a.celsius < b.celsius; });
  if (hottest == machine.temperatures.end() || hottest->celsius < kHotCelsius) return;
  findings.push_back(StrCat("temperature ", static_cast<int>(hottest->celsius), " C (", hottest->zone,
                            "): throttled now or soon; cool the board, with a heat sink or fan"));
}

void AddClockFindings(const Machine& machine, std::vector<std::string>& findings) {
  for (const CpuCluster& cluster : machine.clusters) {
    const std::string cores = "cores " + CoresText(cluster.cores);
    // On x86, the governor of this name raises the clock with the load.
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
                              " are offline and compute nothing; echo 1 | sudo tee "
                              "/sys/devices/system/cpu/cpuN/online"));
  }
}

void AddMemoryFinding(const Machine& machine, std::vector<std::string>& findings) {
  const MemoryLimits& limits = machine.memory_limits;
  if (!limits.available_bytes) return;
  const int64_t megabytes = *limits.available_bytes / kMegabyte;
  if (megabytes >= kLowMemoryMegabytes) return;
  // Whichever leaves less: the machine, or a limit.
  std::string advice = "end other programs";
  if (limits.available_bytes != machine.memory_available_bytes) {
    advice = limits.cgroup_bytes
                 ? StrCat("the cgroup has ", *limits.cgroup_bytes / kMegabyte,
                          " MB in all; raise its limit (docker --memory, MemoryMax of systemd)")
                 : StrCat("the address space has ", *limits.address_space_bytes / kMegabyte,
                          " MB in all; raise its limit (ulimit -v)");
  }
  findings.push_back(StrCat("only ", megabytes, " MB of memory are available: ", advice,
                            ", or use a smaller model (mobilenet_v1_0.25_128_s8)"));
}

void AddProcessorFindings(const Machine& machine, std::vector<std::string>& findings) {
  size_t cores = 0;
  for (const CpuCluster& cluster : machine.clusters) cores += cluster.cores.size();
  if (machine.cpu_quota && *machine.cpu_quota < static_cast<double>(cores)) {
    findings.push_back(
        StrCat("a cgroup's quota leaves ", *machine.cpu_quota, " of ", cores,
               " processors: an image gets no more threads than that, but at least one; raise it "
               "(docker --cpus, CPUQuota of systemd)"));
  }
  if (const int busy = machine.busy_cores.value_or(0); busy > 0) {
    findings.push_back(
        StrCat("other processes keep ", busy, busy == 1 ? " core" : " cores",
               " busy: an image gets fewer threads, and measurements are too slow; `top` shows them"));
  }
}

}  // namespace

std::vector<std::string> MachineFindings(const Machine& machine) {
  std::vector<std::string> findings;
  AddPowerFindings(machine, findings);
  AddTemperatureFinding(machine, findings);
  AddClockFindings(machine, findings);
  AddMemoryFinding(machine, findings);
  AddProcessorFindings(machine, findings);
  return findings;
}

}  // namespace mobilenet
