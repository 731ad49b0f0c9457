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

// A quota of less than two cores is one: more threads than the quota pays for are all stopped for the rest of
// a period as soon as it is spent.
int WithinQuota(int cores, const std::string& root) {
  const auto quota = CpuQuota(root);
  if (!quota || *quota >= cores) return cores;
  return std::max(static_cast<int>(*quota), 1);
}

}  // namespace

int AvailableCores(const std::string& root) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  return WithinQuota(std::max(CPU_COUNT(&allowed), 1), root);
}

int FastestClusterCores(const std::string& root) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  const SystemFiles files(root);
  int64_t fastest = -1;
  int cores = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    const int64_t speed = CoreSpeed(files, core);
    if (speed > fastest) {
      fastest = speed;
      cores = 0;
    }
    if (speed == fastest) ++cores;
  }
  return WithinQuota(std::max(cores, 1), root);
}

}  // namespace mobilenet
