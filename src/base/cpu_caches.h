// How much the largest cache of this machine's cores holds.
#pragma once

#include <cstdint>
#include <string>

namespace mobilenet {

// Bytes of the last-level cache that the first core shares in, from the kernel (sysfs) and from the core's
// type
// (/proc/cpuinfo): the smaller of the two, since an emulator or a container may show the host's, and older
// kernels on boards say nothing. 512 KB where nothing is known. `root` is prepended to both paths, for tests.
int64_t LastLevelCacheBytes(const std::string& root = "");

}  // namespace mobilenet
