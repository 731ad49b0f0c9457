#include "src/base/cpu_cores.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "src/base/limits.h"
#include "src/base/str_cat.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

// How fast a core is, in the kernel's own measure: capacity where it knows clusters, else the highest clock
// in kHz. 0 where it says neither (all cores are then alike).
int64_t CoreSpeed(const SystemFiles& files, int core) {
  for (const char* file : {"/cpu_capacity", "/cpufreq/cpuinfo_max_freq"}) {
    const auto speed = files.Number(StrCat("/sys/devices/system/cpu/cpu", core, file), 1,
                                    std::numeric_limits<int64_t>::max());
    if (speed) return *speed;
  }
  return 0;
}

}  // namespace

// A quota of less than two cores is one: threads beyond what the quota pays for are paid for by all being
// stopped for the rest of a period, in the middle of a layer.
int WithinQuota(int cores, const std::string& root) {
  const auto quota = CpuQuota(root);
  if (!quota || *quota >= cores) return cores;
  return std::max(static_cast<int>(*quota), 1);
}

AllowedCores CoresByAffinity(const std::string& root) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return {};
  const SystemFiles files(root);
  int64_t fastest = -1;
  AllowedCores cores{0, 0};
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    ++cores.all;
    const int64_t speed = CoreSpeed(files, core);
    if (speed > fastest) {
      fastest = speed;
      cores.fastest = 0;
    }
    if (speed == fastest) ++cores.fastest;
  }
  return {std::max(cores.all, 1), std::max(cores.fastest, 1)};
}

int AvailableCores(const std::string& root) {
  return WithinQuota(CoresByAffinity(root).all, root);
}

int FastestClusterCores(const std::string& root) {
  return WithinQuota(CoresByAffinity(root).fastest, root);
}

}  // namespace mobilenet
