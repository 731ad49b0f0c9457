// Netpbm's PBM, PGM and PPM, text and binary (P1 to P6), up to 16 bits per sample.
//
// Our own reader, not stb_image's, which takes the low byte of 16-bit samples on little-endian machines and
// does not scale by the largest value.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Throws Error with `name` in front.
Image DecodePnm(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
