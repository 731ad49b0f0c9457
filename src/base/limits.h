// What this process may use: the processor time and memory that its cgroups (a container, a systemd service,
// a Slurm job) and ulimit leave to it. Cgroups of versions 1 and 2, each with its parents. `root` is put
// before every path, for tests. What cannot be read is unknown, and limits nothing.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace mobilenet {

// Processors' worth of time, such as 0.5; none if there is no quota.
std::optional<double> CpuQuota(const std::string& root = "");

// Seconds that this process has waited, since the cgroups were made, for the next period because the quota
// was used up; none if they do not say.
std::optional<double> CgroupThrottledSeconds(const std::string& root = "");

struct MemoryLimits {
  std::optional<int64_t> cgroup_bytes;         // limit of the cgroup; none if unlimited
  std::optional<int64_t> address_space_bytes;  // limit of this process (ulimit -v); none if unlimited
  // How much can still be allocated without swapping, or being killed for it: the least of what the machine
  // (MemAvailable), a cgroup and the address space have left.
  std::optional<int64_t> available_bytes;
};

MemoryLimits ReadMemoryLimits(const std::string& root = "");

// `available_bytes` of the above. Reads some files: 0.1 ms.
std::optional<int64_t> AvailableMemoryBytes(const std::string& root = "");

// Throws Error if this many bytes are more than what is left: "WHAT: needs 553 MB of memory, and 210 MB are
// available (...)". A few megabytes are not checked.
void CheckMemoryIsLeft(const std::string& what, int64_t bytes, const std::string& root = "");

}  // namespace mobilenet
