#include "src/base/cpu_caches.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace mobilenet {
namespace {

constexpr int64_t kKilobyte = 1024;

// The smallest last-level cache of the boards with this core; 0 if unknown. Parts as in ARM's Main ID
// Register.
int64_t CacheOfCore(long part) {
  switch (part) {
    case 0xd03:  // Cortex-A53: Raspberry Pi 3, Zero 2 W
    case 0xc07:  // Cortex-A7: Raspberry Pi 2
      return 512 * kKilobyte;
    case 0xd08:  // Cortex-A72: Raspberry Pi 4
      return 1024 * kKilobyte;
    case 0xd0b:  // Cortex-A76: Raspberry Pi 5, behind 512 KB of each core
      return 2048 * kKilobyte;
    default:
      return 0;
  }
}

int64_t CacheFromCpuInfo(const std::string& path) {
  std::ifstream in(path);
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("CPU part")) continue;
    const size_t colon = line.find(':');
    if (colon == std::string::npos) return 0;
    return CacheOfCore(std::strtol(line.c_str() + colon + 1, nullptr, 16));
  }
  return 0;
}

int64_t CacheFromSysfs(const std::string& folder) {
  int64_t largest = 0;
  for (int index = 0; index < 8; ++index) {
    std::ifstream in(folder + "/index" + std::to_string(index) + "/size");  // "1024K"
    int64_t kilobytes = 0;
    if (in >> kilobytes) largest = std::max(largest, kilobytes * kKilobyte);
  }
  return largest;
}

}  // namespace

int64_t LastLevelCacheBytes(const std::string& root) {
  const int64_t by_core = CacheFromCpuInfo(root + "/proc/cpuinfo");
  const int64_t by_kernel = CacheFromSysfs(root + "/sys/devices/system/cpu/cpu0/cache");
  if (by_core != 0 && by_kernel != 0) return std::min(by_core, by_kernel);
  if (by_core != 0 || by_kernel != 0) return std::max(by_core, by_kernel);
  return 512 * kKilobyte;
}

}  // namespace mobilenet
