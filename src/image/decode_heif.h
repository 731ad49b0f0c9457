// HEIC, HEIF and AVIF by libheif, which appears in decode_heif.cc only and is loaded when first needed. If
// the program was built without it, decode_heif_none.cc takes its place.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"
#include "src/image/image_format.h"

namespace mobilenet {

// The primary picture, upright (as the container says; EXIF does not count in these files), on white.
// `format` is kHeif or kAvif. Throws Error with `name` in front.
Image DecodeHeif(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name,
                 const DecodeOptions& options);

}  // namespace mobilenet
