// TIFF by libtiff, which appears in decode_tiff.cc only and is loaded when first needed.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// The first page, upright, on white: everything that libtiff's RGBA interface reads, which is all but
// floating-point samples and rare colour spaces. Throws Error with `name` in front.
Image DecodeTiff(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
