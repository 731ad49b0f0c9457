// Writes pictures as JPEG.
#pragma once

#include <string>
#include <string_view>

#include "src/base/buffer_allocator.h"
#include "src/image/image.h"

namespace mobilenet {

// `quality` is 1...100; a comment, if any, is written at the beginning of the file. Throws Error if the
// picture is larger than JPEG allows (65500 pixels on a side).
ByteBuffer EncodeJpeg(const Image& image, int quality, const std::string& comment = "");

// The comment in a JPEG that EncodeJpeg made, from its first bytes; "" if it has none or is another file.
std::string JpegComment(std::string_view beginning);

}  // namespace mobilenet
