// The orientation in EXIF data.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

void FuzzExif(std::span<const uint8_t> input);
std::vector<Bytes> ExifSeeds();
void RepairExif(Bytes& input);

}  // namespace mobilenet::test
