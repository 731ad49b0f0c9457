#include "src/base/cpu_cores.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <map>
#include <utility>

#include "src/base/error.h"
#include "src/base/limits.h"
#include "src/base/str_cat.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

// How fast a core is, in the kernel's own measure: its capacity where the kernel knows clusters, else its
// highest clock in kHz. 0 where it gives neither (all cores then count as alike).
int64_t CoreSpeed(const SystemFiles& files, int core) {
  for (const char* file : {"/cpu_capacity", "/cpufreq/cpuinfo_max_freq"}) {
    const auto speed = files.Number(StrCat("/sys/devices/system/cpu/cpu", core, file), 1,
                                    std::numeric_limits<int64_t>::max());
    if (speed) return *speed;
  }
  return 0;
}

}  // namespace

// A quota of less than two cores counts as one: with more threads than the quota pays for, all of them are
// stopped for the rest of a period, in the middle of a layer.
int WithinQuota(int cores, const std::string& root) {
  const auto quota = CpuQuota(root);
  if (!quota || *quota >= cores) return cores;
  return std::max(static_cast<int>(*quota), 1);
}

AllowedCores CoresByAffinity(const std::string& root) {
  AllowedCores cores{0, 0};
  for (const CoreCluster& cluster : AllowedClusters(root)) {
    const auto count = static_cast<int>(cluster.cores.size());
    if (cores.all == 0) cores.fastest = count;
    cores.all += count;
  }
  return {std::max(cores.all, 1), std::max(cores.fastest, 1)};
}

std::vector<CoreCluster> AllowedClusters(const std::string& root) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return {};
  const SystemFiles files(root);
  std::map<int64_t, std::vector<int>, std::greater<>> by_speed;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (CPU_ISSET(core, &allowed)) by_speed[CoreSpeed(files, core)].push_back(core);
  }
  std::vector<CoreCluster> clusters;
  for (auto& [speed, cores] : by_speed) clusters.push_back({std::move(cores), speed});
  return clusters;
}

std::vector<int> ChooseCores(const std::string& text, const std::string& root) {
  const std::vector<CoreCluster> clusters = AllowedClusters(root);
  if (clusters.empty()) Fail("--cores ", text, ": this system does not say which cores there are");
  std::vector<int> all;
  for (const CoreCluster& cluster : clusters)
    all.insert(all.end(), cluster.cores.begin(), cluster.cores.end());
  std::sort(all.begin(), all.end());
  if (text == "all") return all;
  if (text == "big") return clusters.front().cores;
  if (text == "little") {
    if (clusters.size() == 1) {
      Fail("--cores little: cores ", CoresText(all), " are all equally fast (use all, or a list)");
    }
    return clusters.back().cores;
  }
  const std::vector<int> cores = ParseCoreList(text);
  if (cores.empty()) Fail("--cores ", text, ": no cores (big, little, all, or a list such as 0-3,6)");
  for (const int core : cores) {
    if (!std::binary_search(all.begin(), all.end(), core)) {
      Fail("--cores ", text, ": core ", core, " is missing or not for this process (", CoresText(all), ")");
    }
  }
  return cores;
}

void HoldToCores(const std::vector<int>& cores) {
  cpu_set_t set;
  CPU_ZERO(&set);
  for (const int core : cores) CPU_SET(core, &set);
  if (sched_setaffinity(0, sizeof(set), &set) != 0) {
    Fail("cores ", CoresText(cores), ": cannot run on these: ", std::strerror(errno));
  }
}

std::string CoresText(const std::vector<int>& cores) {
  std::string text;
  for (size_t i = 0; i < cores.size(); ++i) {
    const size_t first = i;
    while (i + 1 < cores.size() && cores[i + 1] == cores[i] + 1) ++i;
    if (!text.empty()) text += ",";
    text += std::to_string(cores[first]);
    if (i != first) text += StrCat("-", cores[i]);
  }
  return text;
}

int AvailableCores(const std::string& root) {
  return WithinQuota(CoresByAffinity(root).all, root);
}

int FastestClusterCores(const std::string& root) {
  return WithinQuota(CoresByAffinity(root).fastest, root);
}

}  // namespace mobilenet
