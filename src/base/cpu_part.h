// Which ARM core this machine has.
#pragma once

#include <string>

namespace mobilenet {

// Part numbers from ARM's Main ID Register, for the boards this program is made for.
inline constexpr long kCortexA7 = 0xc07;   // Raspberry Pi 2
inline constexpr long kCortexA53 = 0xd03;  // Raspberry Pi 3, Zero 2 W
inline constexpr long kCortexA72 = 0xd08;  // Raspberry Pi 4
inline constexpr long kCortexA76 = 0xd0b;  // Raspberry Pi 5

// The "CPU part" of the last core in /proc/cpuinfo, which is one of the fast ones where cores differ; 0 if it
// names none. `root` is put before the path, for tests.
long CpuPart(const std::string& root = "");

}  // namespace mobilenet
