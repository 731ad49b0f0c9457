// TGA, HDR and PIC by stb_image, which appears in decode_stb.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"
#include "src/image/image_format.h"

namespace mobilenet {

// Upright, on white. Throws Error with `name` in front.
Image DecodeStb(std::span<const uint8_t> bytes, ImageFormat format, const std::string& name,
                const DecodeOptions& options);

}  // namespace mobilenet
