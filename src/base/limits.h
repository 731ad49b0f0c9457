// What of the machine this process may use: the processor time and the memory that its cgroups (a container,
// a systemd service, a Slurm job) and ulimit leave to it. Cgroups of version 1 and 2, each with those above
// it. `root` is prepended to every path, for tests. What is not told is unknown, and limits nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mobilenet {

// Processors' worth of time, such as 0.5; none without a quota.
std::optional<double> CpuQuota(const std::string& root = "");

// Seconds that the cgroups had this process wait since they are there, for the end of a period whose quota
// was used up; none where they don't tell.
std::optional<double> CgroupThrottledSeconds(const std::string& root = "");

struct MemoryLimits {
  std::optional<int64_t> cgroup_bytes;         // all that the cgroup may use; none without a limit
  std::optional<int64_t> address_space_bytes;  // all of this process (ulimit -v); none without a limit
  // What can still be taken now without swapping, or being killed for it: the least that the machine
  // (MemAvailable), a cgroup and the address space have left.
  std::optional<int64_t> available_bytes;
};

MemoryLimits ReadMemoryLimits(const std::string& root = "");

// `available_bytes` of the above. Some files are read for it: 0.1 ms.
std::optional<int64_t> AvailableMemoryBytes(const std::string& root = "");

// Throws Error where so many bytes are more than what is left: "WHAT: needs 553 MB of memory, and 210 MB are
// available (...)". A few megabytes are not looked after.
void CheckMemoryIsLeft(const std::string& what, int64_t bytes, const std::string& root = "");

}  // namespace mobilenet
