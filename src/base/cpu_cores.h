// Which cores there are to run on: those in the affinity mask, and no more than a cgroup's quota pays for.
// `root` is put before the paths of /proc and /sys, for tests.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace mobilenet {

// The number of cores this process may use (at least 1).
int AvailableCores(const std::string& root = "");

// How many cores the fastest cluster has that this process may use (at least 1). On an RK3588 all eight cores
// take 2.3 times as long as the four big ones: a layer waits for its slowest thread.
int FastestClusterCores(const std::string& root = "");

// The same by affinity only, without the quota: all cores, and the fastest cluster's.
struct AllowedCores {
  int all = 1;
  int fastest = 1;
};
AllowedCores CoresByAffinity(const std::string& root = "");

// The cores of the affinity mask that are equally fast.
struct CoreCluster {
  std::vector<int> cores;  // in rising order
  int64_t speed = 0;       // in the kernel's measure; 0 where it has none
};
// The fastest first; empty where the affinity is unknown.
std::vector<CoreCluster> AllowedClusters(const std::string& root = "");

// What --cores takes: "big" and "little" (the fastest and the slowest cluster), "all", or a list, "0-3,6";
// only cores of the affinity mask. Throws Error for anything else.
std::vector<int> ChooseCores(const std::string& text, const std::string& root = "");

// Binds this thread, and those that it starts from now on, to these cores. Throws Error.
void HoldToCores(const std::vector<int>& cores);

// {0, 1, 2, 5} as "0-2,5".
std::string CoresText(const std::vector<int>& cores);

// As many of `cores` as the quota pays for: at least one.
int WithinQuota(int cores, const std::string& root = "");

}  // namespace mobilenet
