#include "src/base/machine.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <tuple>
#include <utility>

#include "src/base/cpu_cores.h"
#include "src/base/free_cores.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

constexpr int kMaxDevices = 64;  // thermal zones and sensors
constexpr int64_t kMaxMhz = 100000;

std::vector<int> OnlineCores(const SystemFiles& files, const CpuInfo& info) {
  std::vector<int> cores = files.Cores("/sys/devices/system/cpu/online");
  if (cores.empty()) {
    for (const auto& [core, type] : info.core_types) cores.push_back(core);
  }
  return cores;
}

std::vector<CpuCluster> ReadClusters(const SystemFiles& files, const CpuInfo& info,
                                     const std::vector<int>& cores) {
  std::vector<CpuCluster> clusters;
  for (int core : cores) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core);
    CpuCluster cluster;
    if (const auto type = info.core_types.find(core); type != info.core_types.end()) {
      cluster.core_type = type->second;
    }
    cluster.capacity = files.Number(folder + "/cpu_capacity", 1, kMaxMhz);
    cluster.min_mhz = ReadMhz(files, folder + "/cpufreq/cpuinfo_min_freq");
    cluster.max_mhz = ReadMhz(files, folder + "/cpufreq/cpuinfo_max_freq");
    cluster.limit_mhz = ReadMhz(files, folder + "/cpufreq/scaling_max_freq");
    cluster.governor = files.Line(folder + "/cpufreq/scaling_governor");
    const auto traits = [](const CpuCluster& c) {
      return std::tie(c.core_type, c.capacity, c.min_mhz, c.max_mhz, c.limit_mhz, c.governor);
    };
    auto alike = std::find_if(clusters.begin(), clusters.end(),
                              [&](const CpuCluster& other) { return traits(other) == traits(cluster); });
    if (alike == clusters.end()) {
      cluster.current_mhz = ReadMhz(files, folder + "/cpufreq/scaling_cur_freq");
      cluster.caches = ReadCpuCaches(files, core);
      alike = clusters.insert(alike, std::move(cluster));
    }
    alike->cores.push_back(core);
  }
  return clusters;
}

}  // namespace

std::string BoardName(const std::string& root) {
  return SystemFiles(root).Line("/proc/device-tree/model");
}

std::string MachineName(const std::string& root) {
  const SystemFiles files(root);
  const CpuInfo info = ReadCpuInfo(files);
  std::string name = BoardName(root);
  // PCs have no such board; the processor's name stands for it.
  if (name.empty()) {
    const std::string text = files.Text("/proc/cpuinfo");
    std::string_view model = LineAfter(text, "model name");
    model.remove_prefix(std::min(model.find_first_not_of(": \t"), model.size()));
    name = model;
  }
  for (const CpuCluster& cluster : ReadClusters(files, info, OnlineCores(files, info))) {
    name += StrCat(name.empty() ? "" : "; ", "cores ", CoresText(cluster.cores));
    if (!cluster.core_type.empty()) name += " " + cluster.core_type;
    if (cluster.max_mhz) name += StrCat(" ", *cluster.max_mhz, " MHz");
  }
  return name;
}

std::optional<int64_t> ReadMhz(const SystemFiles& files, const std::string& path) {
  const auto khz = files.Number(path, 1000, kMaxMhz * 1000);
  if (!khz) return {};
  return *khz / 1000;
}

std::vector<Temperature> ReadTemperatures(const SystemFiles& files) {
  std::vector<Temperature> temperatures;
  for (int zone = 0; zone < kMaxDevices; ++zone) {
    const std::string folder = "/sys/class/thermal/thermal_zone" + std::to_string(zone);
    const auto millicelsius = files.Number(folder + "/temp", -100000, 1000000);
    if (!millicelsius) continue;
    std::string name = files.Line(folder + "/type");
    if (name.empty()) name = "zone " + std::to_string(zone);
    temperatures.push_back({std::move(name), static_cast<double>(*millicelsius) / 1000});
  }
  return temperatures;
}

std::array<PowerState, kPowerConditions> ReadPower(const SystemFiles& files) {
  std::array<PowerState, kPowerConditions> power;
  const auto bits = files.Number("/sys/devices/platform/soc/soc:firmware/get_throttled", 0,
                                 std::numeric_limits<uint32_t>::max(), 16);
  if (bits) {
    for (int condition = 0; condition < kPowerConditions; ++condition) {
      power[static_cast<size_t>(condition)] = {(*bits >> condition & 1) != 0,
                                               (*bits >> (condition + 16) & 1) != 0};
    }
    return power;
  }
  // Not every kernel has that file; the power supply's sensor then reports under-voltage.
  for (int sensor = 0; sensor < kMaxDevices; ++sensor) {
    const std::string folder = "/sys/class/hwmon/hwmon" + std::to_string(sensor);
    if (files.Line(folder + "/name") != "rpi_volt") continue;
    const auto alarm = files.Number(folder + "/in0_lcrit_alarm", 0, 1);
    if (alarm) power[static_cast<size_t>(PowerCondition::kUnderVoltage)].now = *alarm != 0;
    break;
  }
  return power;
}

Machine ReadMachine(const std::string& root) {
  const SystemFiles files(root);
  FreeCores load(root);
  Machine machine;
  machine.board = BoardName(root);
  machine.kernel = files.Line("/proc/sys/kernel/osrelease");

  const CpuInfo info = ReadCpuInfo(files);
  machine.features = info.features;
  const std::vector<int> cores = OnlineCores(files, info);
  machine.clusters = ReadClusters(files, info, cores);
  const std::vector<int> present = files.Cores("/sys/devices/system/cpu/present");
  std::set_difference(present.begin(), present.end(), cores.begin(), cores.end(),
                      std::back_inserter(machine.offline_cores));

  const std::string memory = files.Text("/proc/meminfo");
  machine.memory_total_bytes = KilobytesAfter(memory, "MemTotal:");
  machine.memory_available_bytes = KilobytesAfter(memory, "MemAvailable:");
  machine.page_bytes = KilobytesAfter(files.Text("/proc/self/smaps"), "KernelPageSize:");
  machine.temperatures = ReadTemperatures(files);
  machine.power = ReadPower(files);
  machine.cpu_quota = CpuQuota(root);
  machine.memory_limits = ReadMemoryLimits(root);
  load.Look();
  machine.busy_cores = load.busy();
  return machine;
}

}  // namespace mobilenet
