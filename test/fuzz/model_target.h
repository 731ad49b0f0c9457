// A model file.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The input is the file, or its beginning up to the end of the header: it then gets data of the length that
// the header states, so that inputs stay small.
void FuzzModel(std::span<const uint8_t> input);
// Accepted files are also run.
void FuzzPlan(std::span<const uint8_t> input);
std::vector<Bytes> ModelSeeds();
// Sets the header's length to that of the header.
void RepairModel(Bytes& input);

}  // namespace mobilenet::test
