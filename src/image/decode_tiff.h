// TIFF by libtiff, which is seen in decode_tiff.cc only and loaded when it is first needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// The first page, upright, on white: what libtiff's RGBA interface reads, which is all but floating-point
// samples and rare kinds of colours. Throws Error with `name` in front.
Image DecodeTiff(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
