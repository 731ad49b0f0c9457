#include "src/base/cpu_cores.h"

#include <sched.h>

#include <algorithm>
#include <cstdint>
#include <limits>

#include "src/base/error.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

// How fast a core is, in the kernel's own measure: capacity where it knows clusters, else the highest clock
// in kHz. 0 where it says neither (all cores are then alike).
int64_t CoreSpeed(const SystemFiles& files, int core) {
  for (const char* file : {"/cpu_capacity", "/cpufreq/cpuinfo_max_freq"}) {
    const auto speed = files.Number(StrCat("/cpu", core, file), 1, std::numeric_limits<int64_t>::max());
    if (speed) return *speed;
  }
  return 0;
}

}  // namespace

int AvailableCores() {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  return std::max(CPU_COUNT(&allowed), 1);
}

int FastestClusterCores(const std::string& sys_cpu_folder) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof(allowed), &allowed) != 0) return 1;
  const SystemFiles files(sys_cpu_folder);
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
  return std::max(cores, 1);
}

}  // namespace mobilenet
