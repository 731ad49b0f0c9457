#include "test/fuzz/machine_target.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>

#include "src/base/cpu_caches.h"
#include "src/base/cpu_cores.h"
#include "src/base/cpu_part.h"
#include "src/base/limits.h"
#include "src/base/machine.h"
#include "src/report/doctor.h"
#include "src/report/machine_findings.h"
#include "test/fuzz/target.h"
#include "test/support/boards.h"
#include "test/support/files.h"

namespace mobilenet::test {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kBegin = "=== ";

// Names as in the kernel, below /proc and /sys: nothing leads out of the folder.
bool IsPath(std::string_view path) {
  if (!path.starts_with("/proc/") && !path.starts_with("/sys/")) return false;
  if (path.size() > 100 || path.find("..") != path.npos || path.find("//") != path.npos ||
      path.ends_with('/'))
    return false;
  return std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("/_-:.").find(static_cast<char>(c)) != std::string_view::npos;
  });
}

FileTree TreeOf(std::string_view text) {
  FileTree tree;
  std::string* contents = nullptr;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1) + 1;
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end);
    if (line.starts_with(kBegin)) {
      std::string_view path = line.substr(kBegin.size());
      if (path.ends_with('\n')) path.remove_suffix(1);
      contents = IsPath(path) && tree.size() < 200 ? &tree[std::string(path)] : nullptr;
    } else if (contents != nullptr) {
      *contents += line;
    }
  }
  return tree;
}

// A folder that becomes one tree after another, in a few steps if they are alike.
class Root {
 public:
  const std::string& path() const { return folder_.path(); }

  void Become(const FileTree& tree) {
    for (const auto& [path, contents] : now_) {
      if (!tree.contains(path)) fs::remove(folder_.path() + path);
    }
    FileTree written;
    for (const auto& [path, contents] : tree) {
      const fs::path place = folder_.path() + path;
      std::error_code ignored;
      const auto there = now_.find(path);
      if (there == now_.end() || there->second != contents) {
        // A name that is a folder for another file cannot be a file as well.
        fs::create_directories(place.parent_path(), ignored);
        if (ignored || fs::is_directory(place, ignored)) continue;
        WriteFileBytes(place.string(), contents);
      }
      written.emplace(path, contents);
    }
    now_ = std::move(written);
  }

 private:
  TemporaryFolder folder_;
  FileTree now_;
};

void RequireCores(const std::vector<int>& cores, std::set<int>& seen) {
  for (const int core : cores) {
    Require(core >= 0, "core ", core);
    Require(seen.insert(core).second, "core ", core, " occurs twice");
  }
}

}  // namespace

void FuzzMachine(std::span<const uint8_t> input) {
  static Root root;
  root.Become(TreeOf({reinterpret_cast<const char*>(input.data()), input.size()}));

  DoctorReport report;
  report.machine = ReadMachine(root.path());
  const Machine& machine = report.machine;
  std::set<int> seen;
  for (const CpuCluster& cluster : machine.clusters) {
    Require(!cluster.cores.empty(), "a cluster without cores");
    RequireCores(cluster.cores, seen);
    for (const CpuCache& cache : cluster.caches) {
      Require(cache.level >= 1 && cache.level <= 9, "a cache of level ", cache.level);
      Require(cache.size_bytes > 0 && cache.size_bytes < int64_t{1} << 40, "a cache of ", cache.size_bytes,
              " bytes");
    }
    for (const auto& mhz : {cluster.min_mhz, cluster.max_mhz, cluster.limit_mhz, cluster.current_mhz}) {
      Require(!mhz || (*mhz > 0 && *mhz <= 100'000), "a clock of ", mhz.value_or(0), " MHz");
    }
  }
  RequireCores(machine.offline_cores, seen);
  for (const auto& bytes : {machine.memory_total_bytes, machine.memory_available_bytes, machine.page_bytes}) {
    Require(!bytes || *bytes >= 0, "memory of ", bytes.value_or(0), " bytes");
  }
  for (const Temperature& temperature : machine.temperatures) {
    Require(std::abs(temperature.celsius) <= 1000, "a temperature of ", temperature.celsius);
  }

  report.last_level_cache_bytes = LastLevelCacheBytes(root.path());
  Require(report.last_level_cache_bytes > 0 && report.last_level_cache_bytes < int64_t{1} << 40,
          "a last-level cache of ", report.last_level_cache_bytes, " bytes");
  Require(CpuPart(root.path()) >= 0, "CPU part ", CpuPart(root.path()));
  const int available = AvailableCores(root.path()), fastest = FastestClusterCores(root.path());
  Require(available >= 1 && fastest >= 1 && fastest <= available, fastest, " fast cores of ", available);
  const auto quota = CpuQuota(root.path());
  Require(!quota || (*quota > 0 && std::isfinite(*quota)), "a quota of ", quota.value_or(0));
  for (const auto& bytes : {AvailableMemoryBytes(root.path()), ReadMemoryLimits(root.path()).cgroup_bytes}) {
    Require(!bytes || *bytes >= 0, "a limit of ", bytes.value_or(0), " bytes of memory");
  }

  report.findings = MachineFindings(machine);
  const std::string text = DoctorText(report);
  Require(std::none_of(text.begin(), text.end(),
                       [](unsigned char c) { return (c < 0x20 && c != '\n') || c == 0x7F; }),
          "control characters for a terminal: ", text);
  const std::string line = DoctorJson(report);
  Require(std::count(line.begin(), line.end(), '\n') == 1, "not one line: ", line);
  // Bytes that are not UTF-8 come as escapes that this reader does not accept.
  if (line.find("\\udc") == line.npos) {
    Require(nlohmann::json::accept(line), "not JSON: ", line);
  }
}

std::vector<Bytes> MachineSeeds() {
  std::vector<Bytes> seeds;
  for (FileTree tree : {RaspberryPi4(), RaspberryPi5(), Rk3588(), RaspberryPi3In32Bit()}) {
    const bool is_version_1 = seeds.size() % 2 == 1;
    tree["/proc/self/cgroup"] =
        is_version_1 ? "4:memory:/jobs\n3:cpu,cpuacct:/jobs\n0::/\n" : "0::/user.slice\n";
    tree["/proc/self/mountinfo"] =
        is_version_1 ? "31 30 0:27 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
                       "32 30 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
                     : "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    tree["/proc/self/limits"] = "Max address space         2000000000           unlimited            bytes\n";
    tree["/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes"] = "134217728\n";
    tree["/sys/fs/cgroup/memory/jobs/memory.usage_in_bytes"] = "4096\n";
    tree["/sys/fs/cgroup/memory/jobs/memory.stat"] = "cache 17\ntotal_inactive_file 2048\n";
    tree["/sys/fs/cgroup/cpu/jobs/cpu.cfs_quota_us"] = "50000\n";
    tree["/sys/fs/cgroup/cpu/jobs/cpu.cfs_period_us"] = "100000\n";
    tree["/sys/fs/cgroup/cpu.max"] = "50000 100000\n";
    tree["/sys/fs/cgroup/user.slice/cpu.max"] = "max 100000\n";
    tree["/sys/fs/cgroup/user.slice/memory.max"] = "134217728\n";
    tree["/sys/fs/cgroup/user.slice/memory.current"] = "4096\n";
    // Each core of a cluster says the same, so two of them are enough.
    std::string text;
    for (const auto& [path, contents] : tree) {
      const size_t core = path.find("/cpu/cpu");
      const bool is_like_another = core != path.npos && (path[core + 8] == '2' || path[core + 8] == '3');
      if (!is_like_another) text += std::string(kBegin) + path + "\n" + contents + "\n";
    }
    seeds.push_back(FromText(text));
  }
  return seeds;
}

}  // namespace mobilenet::test
