// Which cores there are to run on: those that affinity allows, and no more than a cgroup's quota pays for.
// `root` is prepended to the paths of /proc and /sys, for tests.
#pragma once

#include <string>

namespace mobilenet {

// The number of cores this process may use (at least 1).
int AvailableCores(const std::string& root = "");

// The number of cores in the fastest cluster among those this process may use (at least 1). On an RK3588 all
// eight cores take 2.3 times as long as the four big ones: a layer waits for its slowest thread.
int FastestClusterCores(const std::string& root = "");

// The cores that affinity alone leaves: all of them, and the fastest cluster's.
struct AllowedCores {
  int all = 1;
  int fastest = 1;
};
AllowedCores CoresByAffinity(const std::string& root = "");

// So many of `cores` as the quota pays for: at least one.
int WithinQuota(int cores, const std::string& root = "");

}  // namespace mobilenet
