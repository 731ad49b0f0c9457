// What the kernel shows in /proc and /sys on some boards, as folders for tests.
#pragma once

#include <map>
#include <string>

#include "test/support/files.h"

namespace mobilenet::test {

// Contents by path, from the root: "/proc/cpuinfo".
using FileTree = std::map<std::string, std::string>;

FileTree RaspberryPi4();
FileTree RaspberryPi5();
FileTree Rk3588();               // Radxa ROCK 5B: four Cortex-A55, then four Cortex-A76
FileTree RaspberryPi3In32Bit();  // 32-bit system, older kernel: no caches, no page size

void WriteTree(const TemporaryFolder& root, const FileTree& tree);

}  // namespace mobilenet::test
