// WebP, lossy and lossless, by libwebp, which appears in decode_webp.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Upright, on white; for an animation, the first frame on its canvas. Throws Error with `name` in front.
Image DecodeWebp(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
