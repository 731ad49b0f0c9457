// The float operations that ARMv7 and ARMv8 spell differently.
#pragma once

#include <arm_neon.h>

#include <cmath>

#include "kernels/common/clamp.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

#if defined(__aarch64__)
// sum + a * b, rounded once.
inline float32x4_t MultiplyAdd(float32x4_t sum, float32x4_t a, float32x4_t b) {
  return vfmaq_f32(sum, a, b);
}
// The larger; the bound if the value is NaN.
inline float32x4_t AtLeast(float32x4_t value, float32x4_t bound) {
  return vmaxnmq_f32(value, bound);
}
inline float32x4_t SquareRoot(float32x4_t values) {
  return vsqrtq_f32(values);
}
inline float32x4_t Divide(float32x4_t a, float32x4_t b) {
  return vdivq_f32(a, b);
}
#else
// Rounded twice: not every ARMv7 has the fused operation.
inline float32x4_t MultiplyAdd(float32x4_t sum, float32x4_t a, float32x4_t b) {
  return vmlaq_f32(sum, a, b);
}
inline float32x4_t AtLeast(float32x4_t value, float32x4_t bound) {
  return vbslq_f32(vcgtq_f32(value, bound), value, bound);
}
// Lane by lane: NEON has only estimates there.
inline float32x4_t SquareRoot(float32x4_t values) {
  for (int i = 0; i < 4; ++i) values[i] = std::sqrt(values[i]);
  return values;
}
inline float32x4_t Divide(float32x4_t a, float32x4_t b) {
  for (int i = 0; i < 4; ++i) a[i] /= b[i];
  return a;
}
#endif

// ClampF32 in vector registers.
struct ClampNeon {
  explicit ClampNeon(const ClampF32& clamp) : min(vdupq_n_f32(clamp.min)), max(vdupq_n_f32(clamp.max)) {}

  float32x4_t min;
  float32x4_t max;
};

inline float32x4_t Clamp(float32x4_t values, const ClampNeon& clamp) {
  return vminq_f32(AtLeast(values, clamp.min), clamp.max);
}

// The first `count` values, at least 1; all if count is 4 or more.
inline void StoreFirst(float* output, float32x4_t values, int count) {
  if (count >= 4) {
    vst1q_f32(output, values);
    return;
  }
  vst1q_lane_f32(output, values, 0);
  if (count > 1) vst1q_lane_f32(output + 1, values, 1);
  if (count > 2) vst1q_lane_f32(output + 2, values, 2);
}

// The vectors of templates over the element type (gemm_float_neon.h, dwconv_float_neon.h).
struct NeonF32 {
  using Element = float;
  using Vector = float32x4_t;
  using Limits = ClampNeon;
  static constexpr int kLanes = 4;

  [[gnu::always_inline]] static Vector Load(const float* values) { return vld1q_f32(values); }
  [[gnu::always_inline]] static Vector LoadToAll(const float* value) { return vld1q_dup_f32(value); }
  [[gnu::always_inline]] static void Store(float* values, Vector vector) { vst1q_f32(values, vector); }
  [[gnu::always_inline]] static void StoreFirst(float* values, Vector vector, int count) {
    mobilenet::StoreFirst(values, vector, count);
  }
  [[gnu::always_inline]] static Vector Clamped(Vector vector, const Limits& limits) {
    return Clamp(vector, limits);
  }
  [[gnu::always_inline]] static Vector MultiplyAdd(Vector sum, Vector a, Vector b) {
    return mobilenet::MultiplyAdd(sum, a, b);
  }
  // sum + weights * input[kLane], rounded as MultiplyAdd does
  template <int kLane>
  [[gnu::always_inline]] static Vector MultiplyAddLane(Vector sum, Vector weights, Vector input) {
#if defined(__aarch64__)
    return vfmaq_laneq_f32(sum, weights, input, kLane);
#else
    return vmlaq_lane_f32(sum, weights, kLane < 2 ? vget_low_f32(input) : vget_high_f32(input), kLane % 2);
#endif
  }
};

}  // namespace
}  // namespace mobilenet
