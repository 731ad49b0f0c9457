// What follows the sums in the quantised NEON matrix products: from int32 lanes to bytes in memory.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <cstring>
#include <type_traits>

namespace mobilenet {
namespace {

// The sum of all four lanes, in every lane.
inline int32x4_t SumOfLanes(int32x4_t values) {
  const int32x2_t pairs = vpadd_s32(vget_low_s32(values), vget_high_s32(values));
  const int32x2_t sum = vpadd_s32(pairs, pairs);
  return vcombine_s32(sum, sum);
}

// Values within the range of T, as Requantize() gives them.
template <typename T>
inline uint8x8_t Narrow(int32x4_t low, int32x4_t high) {
  static_assert(sizeof(T) == 1);
  return vmovn_u16(vreinterpretq_u16_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high))));
}

// The first `count` of 8 values; count may be negative or more than 8.
template <typename T>
inline void StoreFirst(T* output, uint8x8_t values, int count) {
  auto* bytes = reinterpret_cast<uint8_t*>(output);
  if (count >= 8) {
    vst1_u8(bytes, values);
  } else if (count > 0) {
    if (count & 4) {
      const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(values), 0);
      std::memcpy(bytes, &four, sizeof(four));
      bytes += 4;
      values = vext_u8(values, values, 4);
    }
    if (count & 2) {
      vst1_lane_u8(bytes, values, 0);
      vst1_lane_u8(bytes + 1, values, 1);
      bytes += 2;
      values = vext_u8(values, values, 2);
    }
    if (count & 1) vst1_lane_u8(bytes, values, 0);
  }
}

}  // namespace
}  // namespace mobilenet
