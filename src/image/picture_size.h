// The limit on a picture's size, checked by every decoder between header and pixels.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>

#include "src/base/error.h"
#include "src/image/image.h"

namespace mobilenet {

// Throws Error when the header's numbers are no picture or more pixels than the options allow. After it,
// width and height fit an int and 3 * width * height a ptrdiff_t.
inline void CheckPictureSize(int64_t width, int64_t height, const std::string& name,
                             const DecodeOptions& options) {
  constexpr int64_t kMaxDimension = 1 << 20;  // 16 times JPEG's; keeps every product within 64 bits
  if (width < 1 || height < 1) {
    Fail(name, ": ", width, " x ", height, " pixels (at least 1 x 1 was expected)");
  }
  if (width > kMaxDimension || height > kMaxDimension) {
    Fail(name, ": ", width, " x ", height, " pixels (at most ", kMaxDimension, " on a side)");
  }
  // On 32-bit boards the address space is a limit that no option raises.
  const int64_t max_pixels = std::min<int64_t>(options.max_pixels, PTRDIFF_MAX / 4);
  if (width * height > max_pixels) {
    Fail(name, ": ", width, " x ", height, " pixels (at most ", max_pixels,
         max_pixels == options.max_pixels ? "; --max-pixels raises it)" : " on this machine)");
  }
}

}  // namespace mobilenet
