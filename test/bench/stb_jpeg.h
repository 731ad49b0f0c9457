// stb_image's own JPEG decoder, which the program does not use, to compare with.
#pragma once

#include <cstdint>
#include <vector>

namespace mobilenet::test {

// Decodes to RGB; the number of pixels, 0 if it fails.
int64_t DecodeJpegByStb(const std::vector<uint8_t>& bytes);

}  // namespace mobilenet::test
