// PNG by libpng, which is seen in decode_png.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Upright, on white, 8 bits a sample (of 16 the upper ones); the colours as they are stored, whatever profile
// or gamma comes with them. Throws Error with `name` in front.
Image DecodePng(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
