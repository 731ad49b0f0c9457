// Turns and mirrors a picture according to an EXIF orientation.
#pragma once

#include "src/image/image.h"

namespace mobilenet {

// `orientation` 1 to 8 (EXIF 2.3, tag 0x0112) says where the stored picture's first row and column belong: 1
// top and left, 2 top and right, 3 bottom and right, 4 bottom and left, 5 left and top, 6 right and top, 7
// right and bottom, 8 left and bottom. Others count as 1.
Image TurnUpright(Image stored, int orientation);

// The memory this takes besides the picture: a copy if rows become columns.
inline int64_t TurnBytes(int64_t picture_bytes, int orientation) {
  return orientation >= 5 ? picture_bytes : 0;
}

}  // namespace mobilenet
