// The operations of half floats, in files that are compiled for CPUs which have them.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/common/clamp.h"
#include "kernels/common/half.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// The vectors of templates over the element type (gemm_float_neon.h, dwconv_float_neon.h).
struct NeonF16 {
  using Element = Half;
  using Vector = float16x8_t;
  static constexpr int kLanes = 8;

  // ClampF32 in vector registers.
  struct Limits {
    explicit Limits(const ClampF32& clamp)
        : min(vdupq_n_f16(static_cast<float16_t>(clamp.min))),
          max(vdupq_n_f16(static_cast<float16_t>(clamp.max))) {}

    Vector min;
    Vector max;
  };

  [[gnu::always_inline]] static Vector Load(const Half* values) {
    return vreinterpretq_f16_u16(vld1q_u16(Half::Bits(values)));
  }
  [[gnu::always_inline]] static Vector LoadToAll(const Half* value) {
    return vreinterpretq_f16_u16(vld1q_dup_u16(Half::Bits(value)));
  }
  [[gnu::always_inline]] static void Store(Half* values, Vector vector) {
    vst1q_u16(Half::Bits(values), vreinterpretq_u16_f16(vector));
  }
  // The first `count` values, at least 1; all if count is 8 or more.
  [[gnu::always_inline]] static void StoreFirst(Half* values, Vector vector, int count) {
    if (count >= kLanes) return Store(values, vector);
    uint16_t bits[kLanes];
    vst1q_u16(bits, vreinterpretq_u16_f16(vector));
    std::memcpy(Half::Bits(values), bits, static_cast<size_t>(count) * sizeof *bits);
  }
  // The lower limit if a value is NaN, as of floats.
  [[gnu::always_inline]] static Vector Clamped(Vector vector, const Limits& limits) {
    return vminq_f16(vmaxnmq_f16(vector, limits.min), limits.max);
  }
  // sum + a * b, rounded once
  [[gnu::always_inline]] static Vector MultiplyAdd(Vector sum, Vector a, Vector b) {
    return vfmaq_f16(sum, a, b);
  }
  // sum + weights * input[kLane], rounded once. The instruction itself: GCC 12 copies the lane to a register
  // of its own first where it is used more than once, and a matrix product then takes 1.5 times as long.
  // volatile: in the order written, in which sums do not wait for each other.
  template <int kLane>
  [[gnu::always_inline]] static Vector MultiplyAddLane(Vector sum, Vector weights, Vector input) {
    asm volatile("fmla %0.8h, %1.8h, %2.h[%3]" : "+w"(sum) : "w"(weights), "x"(input), "i"(kLane));
    return sum;
  }
};

}  // namespace
}  // namespace mobilenet
