// The caches of this machine's cores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/system_files.h"

namespace mobilenet {

struct CpuCache {
  int level = 0;     // 1, 2, 3
  std::string type;  // "Data", "Instruction", "Unified"
  int64_t size_bytes = 0;
  std::vector<int> cores;  // those that share it
};

// Those that the kernel tells of (sysfs).
std::vector<CpuCache> ReadCpuCaches(const SystemFiles& files, int core);

// Bytes of the last-level cache that the first core shares in, from the kernel and from the core's type
// (/proc/cpuinfo): the smaller of the two, since an emulator or a container may show the host's, and older
// kernels on boards say nothing. 512 KB where nothing is known. `root` is prepended to both paths, for tests.
int64_t LastLevelCacheBytes(const std::string& root = "");

}  // namespace mobilenet
