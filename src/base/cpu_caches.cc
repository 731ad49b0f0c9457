#include "src/base/cpu_caches.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "src/base/cpu_part.h"
#include "src/base/parse_number.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

constexpr int64_t kKilobyte = 1024;
constexpr int64_t kMaxKilobytes = int64_t{1} << 40;  // of a cache
constexpr int kMaxCaches = 8;                        // of a core

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

// "1024K"
std::optional<int64_t> ParseCacheBytes(std::string_view text) {
  if (!text.ends_with('K')) return {};
  const auto kilobytes = ParseNumberWithin(text.substr(0, text.size() - 1), 1, kMaxKilobytes);
  if (!kilobytes) return {};
  return *kilobytes * kKilobyte;
}

}  // namespace

std::vector<CpuCache> ReadCpuCaches(const SystemFiles& files, int core) {
  std::vector<CpuCache> caches;
  for (int index = 0; index < kMaxCaches; ++index) {
    const std::string folder = StrCat("/sys/devices/system/cpu/cpu", core, "/cache/index", index);
    const auto level = files.Number(folder + "/level", 1, 9);
    const auto bytes = ParseCacheBytes(files.Line(folder + "/size"));
    if (!level || !bytes) continue;
    caches.push_back({static_cast<int>(*level), files.Line(folder + "/type"), *bytes,
                      files.Cores(folder + "/shared_cpu_list")});
  }
  return caches;
}

int64_t LastLevelCacheBytes(const std::string& root) {
  const int64_t by_core = CacheOfCore(CpuPart(root));
  int64_t by_kernel = 0;
  for (const CpuCache& cache : ReadCpuCaches(SystemFiles(root), 0)) {
    by_kernel = std::max(by_kernel, cache.size_bytes);
  }
  if (by_core != 0 && by_kernel != 0) return std::min(by_core, by_kernel);
  if (by_core != 0 || by_kernel != 0) return std::max(by_core, by_kernel);
  return 512 * kKilobyte;
}

}  // namespace mobilenet
