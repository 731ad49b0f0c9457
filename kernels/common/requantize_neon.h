// Requantize (common/requantize.h) for four accumulators, equal to it bit for bit, on ARMv7 and ARMv8.
#pragma once

#include <arm_neon.h>

#include <cstdint>

#include "kernels/common/requantize.h"

namespace mobilenet {

// QuantizedOutput<T> in vector registers.
struct RequantizeNeon {
  template <typename T>
  explicit RequantizeNeon(const QuantizedOutput<T>& output)
      : min_less_zero_point(vdupq_n_f32(output.min_less_zero_point)),
        max_less_zero_point(vdupq_n_f32(output.max_less_zero_point)),
        zero_point(vdupq_n_s32(output.zero_point)) {}

  float32x4_t min_less_zero_point;
  float32x4_t max_less_zero_point;
  int32x4_t zero_point;
};

// Rounded to nearest, ties to even; |value| < 2^22.
inline int32x4_t RoundToEven(float32x4_t value) {
#if defined(__aarch64__)
  return vcvtnq_s32_f32(value);
#else
  // ARMv7 converts by truncation only. Added to 1.5 * 2^23 the fraction is rounded away, to even, as every
  // NEON addition rounds; what is left in the low bits is the integer.
  const float32x4_t magic = vdupq_n_f32(12582912.0f);
  return vsubq_s32(vreinterpretq_s32_f32(vaddq_f32(value, magic)), vreinterpretq_s32_f32(magic));
#endif
}

// The results as int32, within the range of T: narrowing them needs no saturation.
inline int32x4_t Requantize(int32x4_t accumulators, float32x4_t scales, const RequantizeNeon& output) {
  float32x4_t scaled = vmulq_f32(vcvtq_f32_s32(accumulators), scales);
  // The order of the scalar code; by comparison, since the NaN of an infinite scale must become the minimum.
  scaled = vbslq_f32(vcgtq_f32(scaled, output.min_less_zero_point), scaled, output.min_less_zero_point);
  scaled = vminq_f32(scaled, output.max_less_zero_point);
  return vaddq_s32(RoundToEven(scaled), output.zero_point);
}

}  // namespace mobilenet
