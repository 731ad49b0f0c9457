// The one thing we need of EXIF: which way up the camera was held.
#pragma once

#include <cstdint>
#include <span>

namespace mobilenet {

// 1 to 8 as TIFF 6.0 and EXIF 2.3 define it; 1, upright, when there is none or the data make no sense. `data`
// is an APP1 segment's: "Exif\0\0", then a TIFF structure.
int ExifOrientation(std::span<const uint8_t> data);

}  // namespace mobilenet
