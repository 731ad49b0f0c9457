#include "src/base/cpu_cores.h"

#include <sched.h>

#include <algorithm>
#include <fstream>

namespace mobilenet {
namespace {

// How fast a core is, in the kernel's own measure: capacity where it knows clusters, else the highest clock
// in kHz. 0 where it says neither (all cores are then alike).
long CoreSpeed(const std::string& core_folder) {
  for (const char* file : {"/cpu_capacity", "/cpufreq/cpuinfo_max_freq"}) {
    std::ifstream in(core_folder + file);
    if (long speed = 0; in >> speed) return speed;
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
  long fastest = -1;
  int cores = 0;
  for (int core = 0; core < CPU_SETSIZE; ++core) {
    if (!CPU_ISSET(core, &allowed)) continue;
    const long speed = CoreSpeed(sys_cpu_folder + "/cpu" + std::to_string(core));
    if (speed > fastest) {
      fastest = speed;
      cores = 0;
    }
    if (speed == fastest) ++cores;
  }
  return std::max(cores, 1);
}

}  // namespace mobilenet
