// Which cores there are to run on.
#pragma once

#include <string>

namespace mobilenet {

// The number of cores this process may use (at least 1).
int AvailableCores();

// The number of cores in the fastest cluster among those this process may use (at least 1). On an RK3588 all
// eight cores take 2.3 times as long as the four big ones: a layer waits for its slowest thread.
// `sys_cpu_folder` is /sys/devices/system/cpu, or a folder like it for tests.
int FastestClusterCores(const std::string& sys_cpu_folder = "/sys/devices/system/cpu");

}  // namespace mobilenet
