// JSON from strangers.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The program's reader compared with another one.
void FuzzJson(std::span<const uint8_t> input);
std::vector<Bytes> JsonSeeds();

}  // namespace mobilenet::test
