// The one thing we need from EXIF: which way up the camera was held.
#pragma once

#include <cstdint>
#include <span>

namespace mobilenet {

// 1 to 8 as TIFF 6.0 and EXIF 2.3 define it; 1, upright, if there is none or the data make no sense. `data`
// is a TIFF structure, as in PNG and WebP, or "Exif\0\0" and one, as in an APP1 segment of JPEG.
int ExifOrientation(std::span<const uint8_t> data);

}  // namespace mobilenet
