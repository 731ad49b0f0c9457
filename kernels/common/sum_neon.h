// Sums of 8-bit values over pixels, eight channels at a time.
#pragma once

#include <arm_neon.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

struct EightSums {
  int32x4_t low;
  int32x4_t high;
};

inline int16x8_t AddWide(int16x8_t sums, const int8_t* values) {
  return vaddw_s8(sums, vld1_s8(values));
}
inline int16x8_t AddWide(int16x8_t sums, const uint8_t* values) {
  return vreinterpretq_s16_u16(vaddw_u8(vreinterpretq_u16_s16(sums), vld1_u8(values)));
}

// Adds eight channels of this many pixels.
template <typename T>
inline void AddPixels(const T* values, int pixels, std::ptrdiff_t pixel_stride, EightSums& sums) {
  // This many 8-bit values fit in 16 bits: 128 * 255 < 2^15.
  constexpr int kPixelsIn16Bits = 128;
  for (int begin = 0; begin < pixels; begin += kPixelsIn16Bits) {
    int16x8_t part = vdupq_n_s16(0);
    for (int p = begin; p < std::min(begin + kPixelsIn16Bits, pixels); ++p) {
      part = AddWide(part, values + p * pixel_stride);
    }
    sums.low = vaddw_s16(sums.low, vget_low_s16(part));
    sums.high = vaddw_s16(sums.high, vget_high_s16(part));
  }
}

}  // namespace
}  // namespace mobilenet
