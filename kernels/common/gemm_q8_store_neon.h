// What follows the sums in the quantised NEON matrix products: from lanes of int32 to bytes in memory.
#pragma once

#include <arm_neon.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// The vector, of which compilers do not know that it is the same: what two branches compute of it is not
// moved in front of them.
template <typename T>
[[gnu::always_inline]] inline T Opaque(T vector) {
  asm volatile("" : "+w"(vector));
  return vector;
}

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

// Eight bytes each, to two places.
inline void StoreHalves(uint8_t* first, uint8_t* second, uint8x16_t bytes) {
  vst1_u8(first, vget_low_u8(bytes));
#if defined(__aarch64__)
  vst1q_lane_u64(reinterpret_cast<uint64_t*>(second), vreinterpretq_u64_u8(bytes), 1);
#else
  vst1_u8(second, vget_high_u8(bytes));  // GCC takes an address of uint64_t for one that is aligned to 8
#endif
}

// kRows rows of `channels` bytes; values: for two rows, one after the other, eight channels each
template <int kRows, int kEights>
inline void StoreRows(const uint8x16_t (&values)[(kRows + 1) / 2][kEights], int channels, uint8_t* output,
                      std::ptrdiff_t output_stride) {
  Unroll<(kRows + 1) / 2>([&](auto pair) {
    uint8_t* first = output + pair * 2 * output_stride;
    Unroll<kEights>([&](auto i) {
      const uint8x16_t bytes = values[pair][i];
      constexpr bool has_second = pair * 2 + 1 < kRows;
      if (channels >= kEights * 8) {
        if constexpr (has_second) {
          StoreHalves(first + i * 8, first + output_stride + i * 8, bytes);
        } else {
          vst1_u8(first + i * 8, vget_low_u8(bytes));
        }
      } else if (channels > i * 8) {
        uint8_t halves[16];
        vst1q_u8(halves, bytes);
        const auto count = static_cast<size_t>(std::min(channels - i * 8, 8));
        std::memcpy(first + i * 8, halves, count);
        if constexpr (has_second) std::memcpy(first + output_stride + i * 8, halves + 8, count);
      }
    });
  });
}

}  // namespace
}  // namespace mobilenet
