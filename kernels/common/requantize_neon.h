// Requantize (common/requantize.h) for four accumulators, equal to it bit for bit, on ARMv7 and ARMv8.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "kernels/common/neon_f32.h"
#include "kernels/common/requantize.h"

namespace mobilenet {

// QuantizedOutput<T> in vector registers.
struct RequantizeNeon {
  template <typename T>
  explicit RequantizeNeon(const QuantizedOutput<T>& output)
      : min_less_zero_point(vdupq_n_f32(output.min_less_zero_point)),
        max_less_zero_point(vdupq_n_f32(output.max_less_zero_point)),
        zero_point(vdupq_n_s32(output.zero_point)),
        zero_point_s16(vdupq_n_s16(static_cast<int16_t>(output.zero_point))),
        zero_point_s8(vdupq_n_s8(static_cast<int8_t>(output.zero_point))) {}

  float32x4_t min_less_zero_point;
  float32x4_t max_less_zero_point;
  int32x4_t zero_point;
  int16x8_t zero_point_s16;
  int8x16_t zero_point_s8;  // its low byte
};

// Added to a |value| < 2^22, 1.5 * 2^23 leaves the value in the low bits, rounded to nearest with ties to
// even, as every NEON addition rounds. ARMv7 has no other such conversion, and on ARMv8 it is quicker than
// its own.
inline constexpr float kRoundingBias = 12582912.0f;

// Clamp and rounding of ClampAndRound: the results less the zero point, plus the rounding bias.
inline int32x4_t ClampAndRound(float32x4_t values, const RequantizeNeon& output) {
  // NaN becomes the minimum, as in the scalar code.
  const float32x4_t clamped =
      vminq_f32(AtLeast(values, output.min_less_zero_point), output.max_less_zero_point);
  return vreinterpretq_s32_f32(vaddq_f32(clamped, vdupq_n_f32(kRoundingBias)));
}

// The rest of it for eight values from ClampAndRound, as int16: the low half of the rounding bias is 0.
inline int16x8_t AddZeroPoint(int32x4_t low, int32x4_t high, const RequantizeNeon& output) {
  return vaddq_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high)), output.zero_point_s16);
}

// The results of eight less the zero point, as int16. Their low bytes are those of the results less its low
// byte: it may be added when they are bytes.
inline int16x8_t RequantizeLessZeroPoint(int32x4_t low, int32x4_t high, float32x4_t scales_low,
                                         float32x4_t scales_high, const RequantizeNeon& output) {
  const int32x4_t rounded_low = ClampAndRound(vmulq_f32(vcvtq_f32_s32(low), scales_low), output);
  const int32x4_t rounded_high = ClampAndRound(vmulq_f32(vcvtq_f32_s32(high), scales_high), output);
  return vcombine_s16(vmovn_s32(rounded_low), vmovn_s32(rounded_high));
}

// Sixteen such results, as bytes.
inline uint8x16_t AddZeroPoint(int16x8_t first, int16x8_t second, const RequantizeNeon& output) {
  const int8x16_t bytes = vcombine_s8(vmovn_s16(first), vmovn_s16(second));
  return vreinterpretq_u8_s8(vaddq_s8(bytes, output.zero_point_s8));
}

// The results as int32, within the range of T: narrowing them needs no saturation.
inline int32x4_t Requantize(int32x4_t accumulators, float32x4_t scales, const RequantizeNeon& output) {
  const int32x4_t bias = vreinterpretq_s32_f32(vdupq_n_f32(kRoundingBias));
  return vaddq_s32(vsubq_s32(ClampAndRound(vmulq_f32(vcvtq_f32_s32(accumulators), scales), output), bias),
                   output.zero_point);
}

// Eight results as int16.
inline int16x8_t Requantize(int32x4_t low, int32x4_t high, float32x4_t scales_low, float32x4_t scales_high,
                            const RequantizeNeon& output) {
  return AddZeroPoint(ClampAndRound(vmulq_f32(vcvtq_f32_s32(low), scales_low), output),
                      ClampAndRound(vmulq_f32(vcvtq_f32_s32(high), scales_high), output), output);
}

// Eight values less their zero point.
inline int16x8_t LoadEightLess(const int8_t* values, int8_t zero_point) {
  return vsubl_s8(vld1_s8(values), vdup_n_s8(zero_point));
}
inline int16x8_t LoadEightLess(const uint8_t* values, uint8_t zero_point) {
  return vreinterpretq_s16_u16(vsubl_u8(vld1_u8(values), vdup_n_u8(zero_point)));
}

// Eight results, from int16 to bytes.
inline void StoreEight(int8_t* output, int16x8_t results) {
  vst1_s8(output, vmovn_s16(results));
}
inline void StoreEight(uint8_t* output, int16x8_t results) {
  vst1_u8(output, vmovn_u16(vreinterpretq_u16_s16(results)));
}

}  // namespace mobilenet
