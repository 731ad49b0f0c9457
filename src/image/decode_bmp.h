// BMP by our own reader: Windows headers from 40 to 124 bytes and OS/2's, 1 to 32 bits, run lengths.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// The fourth byte of a pixel counts only if the header has an alpha mask; pixels that run lengths leave out
// are white. Throws Error with `name` in front.
Image DecodeBmp(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
