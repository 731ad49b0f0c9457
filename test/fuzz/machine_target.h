// What doctor reads in /proc and /sys.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The input holds files: a line "=== /proc/cpuinfo" and, up to the next such line, its contents.
void FuzzMachine(std::span<const uint8_t> input);
// Raspberry Pis and others.
std::vector<Bytes> MachineSeeds();

}  // namespace mobilenet::test
