// Which ARM core this machine has.
#pragma once

#include <string>

namespace mobilenet {

// Parts as in ARM's Main ID Register, of the boards this program is for.
inline constexpr long kCortexA7 = 0xc07;   // Raspberry Pi 2
inline constexpr long kCortexA53 = 0xd03;  // Raspberry Pi 3, Zero 2 W
inline constexpr long kCortexA72 = 0xd08;  // Raspberry Pi 4
inline constexpr long kCortexA76 = 0xd0b;  // Raspberry Pi 5

// The "CPU part" of the last core in /proc/cpuinfo, which where cores differ is one of the fast ones; 0 where
// it names none. `root` is prepended to the path, for tests.
long CpuPart(const std::string& root = "");

}  // namespace mobilenet
