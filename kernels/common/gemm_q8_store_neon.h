// What follows the sums in the quantised NEON matrix products: from int32 lanes to bytes in memory.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// The sum of all four lanes, in every lane.
inline int32x4_t SumOfLanes(int32x4_t values) {
  const int32x2_t pairs = vpadd_s32(vget_low_s32(values), vget_high_s32(values));
  const int32x2_t sum = vpadd_s32(pairs, pairs);
  return vcombine_s32(sum, sum);
}

// The first `count` values, at least 1; all if count is 8 or more.
inline void StoreFirst(uint8_t* output, uint8x8_t values, int count) {
  if (count >= 8) {
    vst1_u8(output, values);
  } else {
    if (count & 4) {
      const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(values), 0);
      std::memcpy(output, &four, sizeof(four));
      output += 4;
      values = vext_u8(values, values, 4);
    }
    if (count & 2) {
      vst1_lane_u8(output, values, 0);
      vst1_lane_u8(output + 1, values, 1);
      output += 2;
      values = vext_u8(values, values, 2);
    }
    if (count & 1) vst1_lane_u8(output, values, 0);
  }
}

// kRows rows of `channels` bytes.
template <int kRows, int kEights>
inline void StoreRows(const uint8x8_t (&values)[kRows][kEights], int channels, uint8_t* output,
                      std::ptrdiff_t output_stride) {
  if (channels >= kEights * 8) {
    Unroll<kRows>([&](auto row) {
      Unroll<kEights>([&](auto i) { vst1_u8(output + row * output_stride + i * 8, values[row][i]); });
    });
  } else {
    Unroll<kRows>([&](auto row) {
      Unroll<kEights>([&](auto i) {
        if (channels > i * 8) {
          StoreFirst(output + row * output_stride + i * 8, values[row][i], channels - i * 8);
        }
      });
    });
  }
}

// The same of results less their zero point.
template <int kRows, int kEights>
inline void StoreRows(const int16x8_t (&results)[kRows][kEights], const RequantizeNeon& output, int channels,
                      uint8_t* output_bytes, std::ptrdiff_t output_stride) {
  uint8x8_t values[kRows][kEights];
  Unroll<kEights>([&](auto i) {
    Unroll<(kRows + 1) / 2>([&](auto pair) {
      constexpr int first = pair * 2;
      constexpr int second = first + 1 < kRows ? first + 1 : first;
      const uint8x16_t both = AddZeroPoint(results[first][i], results[second][i], output);
      values[first][i] = vget_low_u8(both);
      if constexpr (second != first) values[second][i] = vget_high_u8(both);
    });
  });
  StoreRows(values, channels, output_bytes, output_stride);
}

}  // namespace
}  // namespace mobilenet
