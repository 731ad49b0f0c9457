// stb_image's own JPEG decoder, which the program does not use, for comparison.
#pragma once

#include <cstdint>

#include "src/base/buffer_allocator.h"
#include "src/image/image.h"

namespace mobilenet::test {

// Decodes to RGB; returns the number of pixels, 0 if it fails.
int64_t DecodeJpegByStb(const ByteBuffer& bytes);
// The picture itself; empty if it fails.
Image PictureByStb(const ByteBuffer& bytes);

}  // namespace mobilenet::test
