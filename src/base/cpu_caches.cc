#include "src/base/cpu_caches.h"

#include <algorithm>
#include <fstream>

#include "src/base/cpu_part.h"

namespace mobilenet {
namespace {

constexpr int64_t kKilobyte = 1024;

// The smallest last-level cache of the boards with this core; 0 if unknown.
int64_t CacheOfCore(long part) {
  switch (part) {
    case kCortexA53:
    case kCortexA7:
      return 512 * kKilobyte;
    case kCortexA72:
      return 1024 * kKilobyte;
    case kCortexA76:  // behind 512 KB of each core
      return 2048 * kKilobyte;
    default:
      return 0;
  }
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
  const int64_t by_core = CacheOfCore(CpuPart(root));
  const int64_t by_kernel = CacheFromSysfs(root + "/sys/devices/system/cpu/cpu0/cache");
  if (by_core != 0 && by_kernel != 0) return std::min(by_core, by_kernel);
  if (by_core != 0 || by_kernel != 0) return std::max(by_core, by_kernel);
  return 512 * kKilobyte;
}

}  // namespace mobilenet
