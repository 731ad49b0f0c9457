// GIF by giflib, which is seen in decode_gif.cc only.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// The first frame as browsers show it: on a canvas of the size that the file gives, or larger if the frame
// extends beyond it; what the frame does not cover, and transparent pixels, are white. Throws Error with
// `name` in front.
Image DecodeGif(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
