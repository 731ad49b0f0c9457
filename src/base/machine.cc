#include "src/base/machine.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>
#include <limits>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "src/base/parse_number.h"

namespace mobilenet {
namespace {

constexpr size_t kMaxFileBytes = 1 << 20;  // /proc/cpuinfo of a server with 256 cores is about as long
constexpr size_t kMaxLineBytes = 200;      // of what is printed
constexpr int kMaxCores = 1024;
constexpr int kMaxCaches = 8;    // of a core
constexpr int kMaxDevices = 64;  // thermal zones and sensors
constexpr int64_t kMaxMhz = 100000;
constexpr int64_t kMaxKilobytes = int64_t{1} << 40;

std::string_view Trimmed(std::string_view text) {
  constexpr std::string_view kSpace(" \t\r\n\0", 5);
  const size_t begin = text.find_first_not_of(kSpace);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

// The text before `separator`, which is taken off `rest` with it; all of `rest` if it has none.
std::string_view Next(std::string_view& rest, char separator) {
  const size_t end = rest.find(separator);
  const std::string_view part = rest.substr(0, end);
  rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
  return part;
}

// The whole of `text` as a number in min...max.
std::optional<int64_t> ParseWithin(std::string_view text, int64_t min, int64_t max, int base = 10) {
  const auto number = ParseNumber<int64_t>(text, base);
  if (!number || *number < min || *number > max) return {};
  return number;
}

// "0-3,6" as the kernel lists cores; nothing if it is no such list.
std::vector<int> ParseCores(std::string_view text) {
  std::vector<int> cores;
  for (std::string_view rest = Trimmed(text); !rest.empty();) {
    std::string_view range = Next(rest, ',');
    const auto first = ParseWithin(Next(range, '-'), 0, kMaxCores - 1);
    const auto last = range.empty() ? first : ParseWithin(range, 0, kMaxCores - 1);
    if (!first || !last || cores.size() >= kMaxCores) return {};
    for (int64_t core = *first; core <= *last; ++core) cores.push_back(static_cast<int>(core));
  }
  std::sort(cores.begin(), cores.end());
  cores.erase(std::unique(cores.begin(), cores.end()), cores.end());
  return cores;
}

// "1024K"
std::optional<int64_t> ParseCacheBytes(std::string_view text) {
  if (!text.ends_with('K')) return {};
  const auto kilobytes = ParseWithin(text.substr(0, text.size() - 1), 1, kMaxKilobytes);
  if (!kilobytes) return {};
  return *kilobytes * 1024;
}

// The files below a root.
class Files {
 public:
  explicit Files(const std::string& root) : root_(root) {}

  // The beginning of the file; "" if it cannot be read or is none. Opened so that nothing is waited for.
  std::string Text(const std::string& path) const {
    const int file = ::open((root_ + path).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) return "";
    struct stat status;
    std::string text;
    if (::fstat(file, &status) == 0 && S_ISREG(status.st_mode)) {
      char buffer[4096];
      for (ssize_t count; text.size() < kMaxFileBytes && (count = ::read(file, buffer, sizeof buffer)) > 0;) {
        text.append(buffer, static_cast<size_t>(count));
      }
    }
    ::close(file);
    return text;
  }

  // The first line; strings of the device tree end with a zero.
  std::string Line(const std::string& path) const {
    const std::string text = Text(path);
    const std::string_view line = std::string_view(text).substr(0, text.find_first_of({"\n\0", 2}));
    return std::string(Trimmed(line.substr(0, kMaxLineBytes)));
  }

  std::optional<int64_t> Number(const std::string& path, int64_t min, int64_t max, int base = 10) const {
    return ParseWithin(Line(path), min, max, base);
  }

  // A clock in kHz.
  std::optional<int64_t> Mhz(const std::string& path) const {
    const auto khz = Number(path, 1000, kMaxMhz * 1000);
    if (!khz) return {};
    return *khz / 1000;
  }

 private:
  std::string root_;
};

// The number after "NAME:" at the beginning of a line, in "kB", as bytes.
std::optional<int64_t> KilobytesAfter(std::string_view text, std::string_view name) {
  while (!text.empty()) {
    std::string_view line = Next(text, '\n');
    if (!line.starts_with(name)) continue;
    line = Trimmed(line.substr(name.size()));
    if (!line.ends_with("kB")) return {};
    const auto kilobytes = ParseWithin(Trimmed(line.substr(0, line.size() - 2)), 0, kMaxKilobytes);
    if (!kilobytes) return {};
    return *kilobytes * 1024;
  }
  return {};
}

// From ARM's Main ID Register: implementer and part.
std::string CoreType(int64_t implementer, int64_t part) {
  static constexpr std::pair<int, std::string_view> kArmParts[] = {
      {0xc05, "Cortex-A5"},   {0xc07, "Cortex-A7"},   {0xc08, "Cortex-A8"},   {0xc09, "Cortex-A9"},
      {0xc0d, "Cortex-A17"},  {0xc0e, "Cortex-A17"},  {0xc0f, "Cortex-A15"},  {0xd01, "Cortex-A32"},
      {0xd03, "Cortex-A53"},  {0xd04, "Cortex-A35"},  {0xd05, "Cortex-A55"},  {0xd07, "Cortex-A57"},
      {0xd08, "Cortex-A72"},  {0xd09, "Cortex-A73"},  {0xd0a, "Cortex-A75"},  {0xd0b, "Cortex-A76"},
      {0xd0c, "Neoverse N1"}, {0xd0d, "Cortex-A77"},  {0xd40, "Neoverse V1"}, {0xd41, "Cortex-A78"},
      {0xd44, "Cortex-X1"},   {0xd46, "Cortex-A510"}, {0xd47, "Cortex-A710"}, {0xd48, "Cortex-X2"},
      {0xd49, "Neoverse N2"}, {0xd4d, "Cortex-A715"}, {0xd4e, "Cortex-X3"},   {0xd4f, "Neoverse V2"},
      {0xd80, "Cortex-A520"}, {0xd81, "Cortex-A720"}, {0xd82, "Cortex-X4"},
  };
  constexpr int64_t kArm = 0x41;
  for (const auto& [number, name] : kArmParts) {
    if (implementer == kArm && part == number) return std::string(name);
  }
  char text[40];
  std::snprintf(text, sizeof text, "implementer 0x%02x, part 0x%03x", static_cast<unsigned>(implementer),
                static_cast<unsigned>(part));
  return text;
}

struct CpuInfo {
  std::map<int, std::string> core_types;  // of the cores that are told
  std::optional<ArmFeatures> features;
};

ArmFeatures ParseFeatures(std::string_view names) {
  ArmFeatures features;
  while (!names.empty()) {
    const std::string_view name = Next(names, ' ');
    if (name == "asimd") features.neon = features.fma = true;  // every ARMv8-A has both
    if (name == "neon") features.neon = true;
    if (name == "vfpv4") features.fma = true;
    if (name == "asimddp") features.dot = true;
    if (name == "asimdhp") features.fp16 = true;
    if (name == "i8mm") features.i8mm = true;
  }
  return features;
}

std::optional<int64_t> ParseHex(std::string_view text) {
  if (!text.starts_with("0x")) return {};
  return ParseWithin(text.substr(2), 0, 0xffff, 16);
}

CpuInfo ReadCpuInfo(const Files& files) {
  CpuInfo info;
  const std::string text = files.Text("/proc/cpuinfo");
  int core = -1;
  std::optional<int64_t> implementer;
  for (std::string_view rest = text; !rest.empty();) {
    std::string_view value = Next(rest, '\n');
    const std::string_view name = Trimmed(Next(value, ':'));
    value = Trimmed(value).substr(0, kMaxLineBytes * 10);
    if (name == "processor") {
      core = static_cast<int>(ParseWithin(value, 0, kMaxCores - 1).value_or(-1));
    } else if (name == "model name" && core >= 0) {
      info.core_types[core] = value.substr(0, kMaxLineBytes);
    } else if (name == "CPU implementer") {
      implementer = ParseHex(value);
    } else if (name == "CPU part" && core >= 0) {
      const auto part = ParseHex(value);
      if (implementer && part) info.core_types[core] = CoreType(*implementer, *part);
    } else if (name == "Features" && !info.features) {
      info.features = ParseFeatures(value);
    }
  }
  return info;
}

std::vector<CpuCache> ReadCaches(const Files& files, const std::string& core_folder) {
  std::vector<CpuCache> caches;
  for (int index = 0; index < kMaxCaches; ++index) {
    const std::string folder = core_folder + "/cache/index" + std::to_string(index);
    const auto level = files.Number(folder + "/level", 1, 9);
    const auto bytes = ParseCacheBytes(files.Line(folder + "/size"));
    if (!level || !bytes) continue;
    caches.push_back({static_cast<int>(*level), files.Line(folder + "/type"), *bytes,
                      ParseCores(files.Line(folder + "/shared_cpu_list"))});
  }
  return caches;
}

std::vector<CpuCluster> ReadClusters(const Files& files, const CpuInfo& info, const std::vector<int>& cores) {
  std::vector<CpuCluster> clusters;
  for (int core : cores) {
    const std::string folder = "/sys/devices/system/cpu/cpu" + std::to_string(core);
    CpuCluster cluster;
    if (const auto type = info.core_types.find(core); type != info.core_types.end()) {
      cluster.core_type = type->second;
    }
    cluster.capacity = files.Number(folder + "/cpu_capacity", 1, kMaxMhz);
    cluster.min_mhz = files.Mhz(folder + "/cpufreq/cpuinfo_min_freq");
    cluster.max_mhz = files.Mhz(folder + "/cpufreq/cpuinfo_max_freq");
    cluster.limit_mhz = files.Mhz(folder + "/cpufreq/scaling_max_freq");
    cluster.governor = files.Line(folder + "/cpufreq/scaling_governor");
    const auto traits = [](const CpuCluster& c) {
      return std::tie(c.core_type, c.capacity, c.min_mhz, c.max_mhz, c.limit_mhz, c.governor);
    };
    auto alike = std::find_if(clusters.begin(), clusters.end(),
                              [&](const CpuCluster& other) { return traits(other) == traits(cluster); });
    if (alike == clusters.end()) {
      cluster.current_mhz = files.Mhz(folder + "/cpufreq/scaling_cur_freq");
      cluster.caches = ReadCaches(files, folder);
      alike = clusters.insert(alike, std::move(cluster));
    }
    alike->cores.push_back(core);
  }
  return clusters;
}

std::vector<Temperature> ReadTemperatures(const Files& files) {
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

std::array<PowerState, kPowerConditions> ReadPower(const Files& files) {
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
  // Not every kernel has that file; the supply's sensor tells of under-voltage then.
  for (int sensor = 0; sensor < kMaxDevices; ++sensor) {
    const std::string folder = "/sys/class/hwmon/hwmon" + std::to_string(sensor);
    if (files.Line(folder + "/name") != "rpi_volt") continue;
    const auto alarm = files.Number(folder + "/in0_lcrit_alarm", 0, 1);
    if (alarm) power[static_cast<size_t>(PowerCondition::kUnderVoltage)].now = *alarm != 0;
    break;
  }
  return power;
}

}  // namespace

std::string BoardName(const std::string& root) {
  return Files(root).Line("/proc/device-tree/model");
}

Machine ReadMachine(const std::string& root) {
  const Files files(root);
  Machine machine;
  machine.board = BoardName(root);
  machine.kernel = files.Line("/proc/sys/kernel/osrelease");

  const CpuInfo info = ReadCpuInfo(files);
  machine.features = info.features;
  std::vector<int> cores = ParseCores(files.Line("/sys/devices/system/cpu/online"));
  if (cores.empty()) {
    for (const auto& [core, type] : info.core_types) cores.push_back(core);
  }
  machine.clusters = ReadClusters(files, info, cores);
  const std::vector<int> present = ParseCores(files.Line("/sys/devices/system/cpu/present"));
  std::set_difference(present.begin(), present.end(), cores.begin(), cores.end(),
                      std::back_inserter(machine.offline_cores));

  const std::string memory = files.Text("/proc/meminfo");
  machine.memory_total_bytes = KilobytesAfter(memory, "MemTotal:");
  machine.memory_available_bytes = KilobytesAfter(memory, "MemAvailable:");
  machine.page_bytes = KilobytesAfter(files.Text("/proc/self/smaps"), "KernelPageSize:");
  machine.temperatures = ReadTemperatures(files);
  machine.power = ReadPower(files);
  return machine;
}

}  // namespace mobilenet
