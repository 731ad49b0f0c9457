// A model file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The input is the file, or its beginning up to the end of the header: then it gets data of the length that
// the header tells, so that inputs stay small.
void FuzzModel(std::span<const uint8_t> input);
// And what is accepted runs.
void FuzzPlan(std::span<const uint8_t> input);
std::vector<Bytes> ModelSeeds();
// The header's length is that of the header.
void RepairModel(Bytes& input);

}  // namespace mobilenet::test
