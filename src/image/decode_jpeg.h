// JPEG: baseline, extended and progressive, grey, YCbCr, RGB, CMYK and YCCK, 8 bits per sample.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Upright, pixel by pixel what libjpeg-turbo's defaults give (accurate integer DCT, smooth chroma
// upsampling), so that the numbers equal those of every other program; with a target, what they give at that
// scale. Either way, the whole file is read, so that damage anywhere is found. Throws Error with `name` in
// front.
Image DecodeJpeg(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
