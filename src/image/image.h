// A decoded picture: 8-bit RGB, upright, rows without padding.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "src/base/buffer_allocator.h"

namespace mobilenet {

struct Image {
  int width = 0;      // pixels
  int height = 0;     // pixels
  ByteBuffer pixels;  // [height, width, 3]
};

struct DecodeOptions {
  int64_t max_pixels = 100'000'000;  // width x height of the header, checked before memory is taken
  int64_t max_file_bytes = 1 << 30;  // also of a pipe, whose length is not known before its end
};

// The picture in the file, turned upright as its EXIF orientation says. JPEG by libjpeg-turbo, the other
// formats (PNG, BMP, GIF, TGA, PSD, HDR, PIC) by stb_image, PNM by our own reader; transparent pixels are
// laid on white, of an animated GIF the first frame is taken. A truncated or damaged file is an error, not a
// grey area in the picture. Throws Error: "PATH: what is wrong (what would be right)".
Image DecodeImageFile(const std::string& path, const DecodeOptions& options);

// The same for the bytes of a file; `name` stands for the path in messages.
Image DecodeImage(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
