// What the Linux kernel says about the machine in /proc and /sys: cores, clocks, caches, memory,
// temperature, power supply. What is missing there, or makes no sense, is reported as unknown, never as an
// error.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/cpu_caches.h"
#include "src/base/cpu_info.h"
#include "src/base/limits.h"
#include "src/base/system_files.h"

namespace mobilenet {

// Cores that are alike: same type, capacity, clocks and governor.
struct CpuCluster {
  std::vector<int> cores;
  std::string core_type;            // "Cortex-A72"; "" if unknown
  std::optional<int64_t> capacity;  // the kernel's measure of speed, 1024 for the fastest core
  std::optional<int64_t> min_mhz;   // what the hardware allows
  std::optional<int64_t> max_mhz;
  std::optional<int64_t> limit_mhz;    // the highest clock allowed now
  std::optional<int64_t> current_mhz;  // now, for the first core
  std::string governor;                // "ondemand"; "" if unknown
  std::vector<CpuCache> caches;        // of the first core
};

struct Temperature {
  std::string zone;  // "cpu-thermal"
  double celsius = 0;
};

// What a Raspberry Pi's firmware monitors, in the order of the bits of `vcgencmd get_throttled`: bits 0 to 3
// say that it is so now, 16 to 19 that it has been so since boot.
enum class PowerCondition { kUnderVoltage, kFrequencyCapped, kThrottled, kSoftTemperatureLimit };
inline constexpr int kPowerConditions = 4;

struct PowerState {
  std::optional<bool> now;
  std::optional<bool> since_boot;
};

struct Machine {
  std::string board;                 // "Raspberry Pi 4 Model B Rev 1.4"; "" if unknown
  std::string kernel;                // Linux's release; "" if unknown
  std::vector<CpuCluster> clusters;  // in the order of their first cores
  std::vector<int> offline_cores;
  std::optional<ArmFeatures> features;  // unknown on CPUs that are not ARM
  std::optional<int64_t> memory_total_bytes;
  std::optional<int64_t> memory_available_bytes;
  std::optional<double> cpu_quota;  // processors' worth of time for the cgroup; none: no quota
  std::optional<int> busy_cores;    // kept busy by other processes while this is read
  MemoryLimits memory_limits;       // of this process
  std::optional<int64_t> page_bytes;
  std::vector<Temperature> temperatures;
  std::array<PowerState, kPowerConditions> power;  // indexed by PowerCondition
};

// "Raspberry Pi 4 Model B Rev 1.4"; "" if unknown. `root` as below.
std::string BoardName(const std::string& root = "");

// The board and its cores, as far as they stay the same from day to day: what a measurement is valid for.
std::string MachineName(const std::string& root = "");

// A clock that the file gives in kHz.
std::optional<int64_t> ReadMhz(const SystemFiles& files, const std::string& path);
std::vector<Temperature> ReadTemperatures(const SystemFiles& files);
std::array<PowerState, kPowerConditions> ReadPower(const SystemFiles& files);

// `root` is put before every path: "" for this machine, or a folder with such files, for tests.
Machine ReadMachine(const std::string& root = "");

}  // namespace mobilenet
