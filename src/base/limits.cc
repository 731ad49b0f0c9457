#include "src/base/limits.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/parse_number.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

// Version 1 expresses "no limit" by a number a little below 2^63.
constexpr int64_t kMaxBytes = int64_t{1} << 60;
constexpr int64_t kMaxMicroseconds = int64_t{1} << 50;
constexpr size_t kMaxDepth = 64;

template <typename Number>
void Lower(std::optional<Number>& least, std::optional<Number> value) {
  if (value && (!least || *value < *least)) least = value;
}

// In /proc/self/mountinfo, blanks and the like in paths are written as \040.
std::string Unescaped(std::string_view text) {
  std::string path;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\') {
      if (const auto byte = ParseNumberWithin(text.substr(i + 1, 3), 0, 255, 8)) {
        path += static_cast<char>(*byte);
        i += 3;
        continue;
      }
    }
    path += text[i];
  }
  return path;
}

bool Lists(std::string_view names, std::string_view name) {
  while (!names.empty()) {
    if (NextPart(names, ',') == name) return true;
  }
  return false;
}

// The folders of this process's cgroup and of those above it, as far as they are visible, innermost first:
// for version 1 in the hierarchy of `controller`, for version 2 without one. From lines such as
// "4:memory:/a/b" and "0::/a/b".
std::vector<std::string> CgroupFolders(const SystemFiles& files, std::string_view controller) {
  const std::string groups = files.Text("/proc/self/cgroup");
  std::optional<std::string> group;
  for (std::string_view rest = groups; !rest.empty() && !group;) {
    std::string_view line = NextPart(rest, '\n');
    const std::string_view number = NextPart(line, ':');
    const std::string_view controllers = NextPart(line, ':');
    const bool is_it =
        controller.empty() ? number == "0" && controllers.empty() : Lists(controllers, controller);
    if (is_it) group = std::string(line);
  }
  if (!group) return {};

  // "36 32 0:33 /root /mount/point rw,relatime shared:1 - cgroup cgroup rw,memory"
  const std::string mounts = files.Text("/proc/self/mountinfo");
  for (std::string_view rest = mounts; !rest.empty();) {
    std::string_view line = NextPart(rest, '\n');
    for (int i = 0; i < 3; ++i) NextPart(line, ' ');
    const std::string root = Unescaped(NextPart(line, ' '));
    const std::string mount_point = Unescaped(NextPart(line, ' '));
    while (!line.empty() && NextPart(line, ' ') != "-") {
    }
    const std::string_view type = NextPart(line, ' ');
    NextPart(line, ' ');
    const bool is_it = controller.empty() ? type == "cgroup2" : type == "cgroup" && Lists(line, controller);
    if (!is_it) continue;
    // A container that sees the names of the whole machine has only its own part mounted, as if that were
    // all.
    std::string_view below = *group;
    if (root != "/") below = (*group + "/").starts_with(root + "/") ? below.substr(root.size()) : "";
    if (below.find("..") != below.npos) below = "";  // moved out of what this namespace shows
    std::vector<std::string> folders;
    while (folders.size() < kMaxDepth) {
      while (below.ends_with('/')) below.remove_suffix(1);
      folders.push_back(mount_point + std::string(below));
      if (below.empty()) break;
      below = below.substr(0, below.rfind('/'));
    }
    return folders;
  }
  return {};
}

std::optional<double> Quota(std::optional<int64_t> quota_us, std::optional<int64_t> period_us) {
  if (!quota_us || !period_us) return {};
  return static_cast<double>(*quota_us) / static_cast<double>(*period_us);
}

// The files in which one version of cgroups reports memory.
struct MemoryFiles {
  const char* limit;
  const char* usage;
  const char* cache;  // in the file "memory.stat": cached pages, which are dropped when memory is needed
};
constexpr MemoryFiles kVersion1 = {"/memory.limit_in_bytes", "/memory.usage_in_bytes",
                                   "total_inactive_file "};
constexpr MemoryFiles kVersion2 = {"/memory.max", "/memory.current", "inactive_file "};

void ReadCgroups(const SystemFiles& files, const std::vector<std::string>& folders, const MemoryFiles& names,
                 MemoryLimits& limits) {
  for (const std::string& folder : folders) {
    const auto limit = files.Number(folder + names.limit, 0, kMaxBytes);
    if (!limit) continue;
    Lower(limits.cgroup_bytes, limit);
    const int64_t usage = files.Number(folder + names.usage, 0, kMaxBytes).value_or(0);
    const int64_t cache =
        ParseNumberWithin(LineAfter(files.Text(folder + "/memory.stat"), names.cache), 0, kMaxBytes)
            .value_or(0);
    const int64_t free = std::clamp(*limit - usage + std::min(cache, usage), int64_t{0}, *limit);
    Lower(limits.available_bytes, std::optional(free));
  }
}

}  // namespace

std::optional<double> CpuQuota(const std::string& root) {
  const SystemFiles files(root);
  std::optional<double> least;
  for (const std::string& folder : CgroupFolders(files, "cpu")) {
    Lower(least, Quota(files.Number(folder + "/cpu.cfs_quota_us", 1, kMaxMicroseconds),
                       files.Number(folder + "/cpu.cfs_period_us", 1, kMaxMicroseconds)));
  }
  for (const std::string& folder : CgroupFolders(files, "")) {
    const std::string line = files.Line(folder + "/cpu.max");  // "50000 100000" or "max 100000"
    std::string_view period = line;
    const std::string_view quota = NextPart(period, ' ');
    Lower(least, Quota(ParseNumberWithin(quota, 1, kMaxMicroseconds),
                       ParseNumberWithin(period, 1, kMaxMicroseconds)));
  }
  return least;
}

std::optional<double> CgroupThrottledSeconds(const std::string& root) {
  struct Version {
    const char* controller;
    const char* name;
    double per_second;
  };
  const SystemFiles files(root);
  std::optional<double> seconds;
  for (const Version& version :
       {Version{"cpu", "throttled_time ", 1e9}, Version{"", "throttled_usec ", 1e6}}) {
    for (const std::string& folder : CgroupFolders(files, version.controller)) {
      const std::string text = files.Text(folder + "/cpu.stat");
      const auto time =
          ParseNumberWithin(LineAfter(text, version.name), 0, std::numeric_limits<int64_t>::max());
      if (time) seconds = std::max(seconds.value_or(0), static_cast<double>(*time) / version.per_second);
    }
  }
  return seconds;
}

MemoryLimits ReadMemoryLimits(const std::string& root) {
  const SystemFiles files(root);
  MemoryLimits limits;
  limits.available_bytes = KilobytesAfter(files.Text("/proc/meminfo"), "MemAvailable:");
  ReadCgroups(files, CgroupFolders(files, "memory"), kVersion1, limits);
  ReadCgroups(files, CgroupFolders(files, ""), kVersion2, limits);

  // "Max address space     536870912     unlimited     bytes": the limit in force, and how far it may be
  // raised.
  const std::string all_limits = files.Text("/proc/self/limits");
  std::string_view line = LineAfter(all_limits, "Max address space");
  limits.address_space_bytes = ParseNumberWithin(NextPart(line, ' '), 0, kMaxBytes);
  if (limits.address_space_bytes) {
    const int64_t used = KilobytesAfter(files.Text("/proc/self/status"), "VmSize:").value_or(0);
    Lower(limits.available_bytes, std::optional(std::max(*limits.address_space_bytes - used, int64_t{0})));
  }
  return limits;
}

std::optional<int64_t> AvailableMemoryBytes(const std::string& root) {
  return ReadMemoryLimits(root).available_bytes;
}

void CheckMemoryIsLeft(const std::string& what, int64_t bytes, const std::string& root) {
  constexpr int64_t kMegabyte = 1 << 20;
  // Checking costs 0.1 ms; for so little memory it is not worth it.
  constexpr int64_t kLeast = 8 * kMegabyte;
  if (bytes < kLeast) return;
  const auto left = AvailableMemoryBytes(root);
  if (!left || bytes <= *left) return;
  Fail(what, ": needs ", (bytes + kMegabyte - 1) / kMegabyte, " MB of memory, and ", *left / kMegabyte,
       " MB are available (a smaller network, or a machine with more)");
}

}  // namespace mobilenet
