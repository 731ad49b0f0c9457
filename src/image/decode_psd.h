// PSD (Adobe Photoshop File Formats Specification): a file's merged picture, by our own reader.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "src/image/image.h"

namespace mobilenet {

// Bitmap, grey, duotone (as grey), indexed, RGB and CMYK with 8 and 16 bits; Lab and multichannel are refused
// by name. A further channel is transparency only if the layer count says so; otherwise it is a saved
// selection. Throws Error with `name` in front.
Image DecodePsd(std::span<const uint8_t> bytes, const std::string& name, const DecodeOptions& options);

}  // namespace mobilenet
