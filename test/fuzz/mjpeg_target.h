// A stream of JPEGs cut into frames.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

// The first byte chooses the pieces into which the stream is cut.
void FuzzMjpeg(std::span<const uint8_t> input);
std::vector<Bytes> MjpegSeeds();

}  // namespace mobilenet::test
