// The caches of this machine's cores.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/base/system_files.h"

namespace mobilenet {

struct CpuCache {
  int level = 0;     // 1, 2, 3
  std::string type;  // "Data", "Instruction" or "Unified"
  int64_t size_bytes = 0;
  std::vector<int> cores;  // the cores that share it
};

// The caches that the kernel lists (sysfs).
std::vector<CpuCache> ReadCpuCaches(const SystemFiles& files, int core);

// Bytes of the last-level cache of the first core: the smaller of what the kernel says and what is known of
// the core's type (/proc/cpuinfo), since an emulator or a container may show the host's, and older kernels on
// boards say nothing. 512 KB where nothing is known. `root` is put before both paths, for tests.
int64_t LastLevelCacheBytes(const std::string& root = "");

}  // namespace mobilenet
