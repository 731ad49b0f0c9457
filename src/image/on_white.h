// Lays transparent pixels on white, as on a page.
#pragma once

#include <cstddef>
#include <cstdint>

namespace mobilenet {

inline uint8_t OnWhite(int value, int alpha) {
  return static_cast<uint8_t>((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

// The same for a value that has been multiplied by its alpha.
inline uint8_t PremultipliedOnWhite(int value, int alpha) {
  const int sum = value + 255 - alpha;
  return static_cast<uint8_t>(sum > 255 ? 255 : sum);
}

// The picture on white from R, G, B, A samples; `to` may be where they begin.
inline void RgbaOnWhite(const uint8_t* rgba, uint8_t* to, size_t pixel_count) {
  for (size_t i = 0; i < pixel_count; ++i, rgba += 4, to += 3) {
    const int alpha = rgba[3];
    for (int c = 0; c < 3; ++c) to[c] = OnWhite(rgba[c], alpha);
  }
}

}  // namespace mobilenet
