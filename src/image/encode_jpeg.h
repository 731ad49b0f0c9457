// Writes pictures as JPEG.
#pragma once

#include "src/base/buffer_allocator.h"
#include "src/image/image.h"

namespace mobilenet {

// `quality` 1...100. Throws Error for a picture larger than JPEG allows (65500 pixels on a side).
ByteBuffer EncodeJpeg(const Image& image, int quality);

}  // namespace mobilenet
