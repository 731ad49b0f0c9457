// PNG by libpng, which appears in decode_png.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Upright, on white, 8 bits per sample (the upper ones of 16); the colours as they are stored, whatever
// profile or gamma comes with them. Throws Error with `name` in front.
Image DecodePng(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
