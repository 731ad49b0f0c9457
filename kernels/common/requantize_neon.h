// Requantize (common/requantize.h) for four accumulators, equal to it bit for bit, on ARMv7 and ARMv8.
#pragma once

#include <arm_neon.h>

#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/common/neon_f32.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// QuantizedOutput<T> in vector registers.
struct RequantizeNeon {
  template <typename T>
  explicit RequantizeNeon(const QuantizedOutput<T>& output)
      : min_less_zero_point(vdupq_n_f32(output.min_less_zero_point)),
        max_less_zero_point(vdupq_n_f32(output.max_less_zero_point)),
        zero_point(vdupq_n_s32(output.zero_point)),
        zero_point_s16(vdupq_n_s16(static_cast<int16_t>(output.zero_point))),
        zero_point_s8(vdupq_n_s8(static_cast<int8_t>(output.zero_point))),
        min_bytes(vdupq_n_u8(static_cast<uint8_t>(OutputMin(output)))),
        max_bytes(vdupq_n_u8(static_cast<uint8_t>(OutputMax(output)))),
        rounding_bias(vdupq_n_f32(kFloatOfZero + static_cast<float>(EvenPart(output.zero_point)))),
        saturates(OutputMin(output) == std::numeric_limits<T>::min() &&
                  OutputMax(output) == std::numeric_limits<T>::max() && output.zero_point % 2 == 0) {}

  template <typename T>
  static int OutputMin(const QuantizedOutput<T>& output) {
    return static_cast<int>(output.min_less_zero_point) + output.zero_point;
  }
  template <typename T>
  static int OutputMax(const QuantizedOutput<T>& output) {
    return static_cast<int>(output.max_less_zero_point) + output.zero_point;
  }
  static int EvenPart(int zero_point) { return zero_point - (zero_point & 1); }

  float32x4_t min_less_zero_point;
  float32x4_t max_less_zero_point;
  int32x4_t zero_point;
  int16x8_t zero_point_s16;
  int8x16_t zero_point_s8;  // its low byte
  // The results as they are to be written.
  uint8x16_t min_bytes;
  uint8x16_t max_bytes;
  // kRoundingBias with the zero point, less 1 if that is odd: a tie goes to the even number; with an odd one
  // added it would go to the other.
  float32x4_t rounding_bias;
  bool saturates;  // the zero point is even and the results use the whole type: nothing else has to be done
};

// Added to a |value| < 2^22, 1.5 * 2^23 leaves the value in the low bits, rounded to nearest with ties to
// even, as every NEON addition rounds. ARMv7 has no other such conversion, and on ARMv8 it is faster than the
// CPU's own.
inline constexpr float kRoundingBias = kFloatOfZero;

// The clamp and rounding of ClampAndRound: the results less the zero point, plus the rounding bias.
inline int32x4_t ClampAndRound(float32x4_t values, const RequantizeNeon& output) {
  // NaN becomes the minimum, as in the scalar code.
  const float32x4_t clamped =
      vminq_f32(AtLeast(values, output.min_less_zero_point), output.max_less_zero_point);
  return vreinterpretq_s32_f32(vaddq_f32(clamped, vdupq_n_f32(kRoundingBias)));
}

// The rest of it, for eight values from ClampAndRound, as int16: the low half of the rounding bias is 0.
inline int16x8_t AddZeroPoint(int32x4_t low, int32x4_t high, const RequantizeNeon& output) {
  return vaddq_s16(vcombine_s16(vmovn_s32(low), vmovn_s32(high)), output.zero_point_s16);
}

// Eight results less the zero point, as int16. Their low bytes are those of the results less its low byte: it
// may be added once they are bytes.
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

// Sums that began at kSumOfZero (pack_q8.h).
inline float32x4_t SumsAsFloats(int32x4_t sums) {
  return vsubq_f32(vreinterpretq_f32_s32(sums), vdupq_n_f32(kFloatOfZero));
}

// Small sums times their scale, rounded, with RequantizeNeon::rounding_bias.
inline int32x4_t RoundSums(float32x4_t sums, float32x4_t scales, const RequantizeNeon& output) {
  return vreinterpretq_s32_f32(vaddq_f32(vmulq_f32(sums, scales), output.rounding_bias));
}

// The low 16 bits of each. What takes Cortex-A72 three steps is one instruction of the cores with the dot
// product; what takes Cortex-A76 two is two here.
inline int16x8_t LowHalves(int32x4_t low, int32x4_t high) {
#if defined(__ARM_FEATURE_DOTPROD) && defined(__aarch64__)
  return vuzp1q_s16(vreinterpretq_s16_s32(low), vreinterpretq_s16_s32(high));
#elif defined(__aarch64__)
  // Not vmovn_high_s32, of which compilers make that one instruction.
  int16x8_t halves = vcombine_s16(vmovn_s32(low), vdup_n_s16(0));
  asm("xtn2 %0.8h, %1.4s" : "+w"(halves) : "w"(high));
  return halves;
#else
  return vcombine_s16(vmovn_s32(low), vmovn_s32(high));
#endif
}

// Results of small sums (pack_q8.h).
enum class Results {
  kQuick,  // small, and RequantizeNeon::saturates
  kSmall,
  kLarge,  // may be larger than 16 bits
};

// Eight results of small sums as int16.
template <Results kResults>
inline int16x8_t RequantizeSums(float32x4_t low, float32x4_t high, float32x4_t scales_low,
                                float32x4_t scales_high, const RequantizeNeon& output) {
  const int32x4_t rounded_low = RoundSums(low, scales_low, output);
  const int32x4_t rounded_high = RoundSums(high, scales_high, output);
  int16x8_t results;
  if constexpr (kResults == Results::kLarge) {
    const int32x4_t zero = vdupq_n_s32(kSumOfZero);
    results =
        vcombine_s16(vqmovn_s32(vsubq_s32(rounded_low, zero)), vqmovn_s32(vsubq_s32(rounded_high, zero)));
  } else {
    results = LowHalves(rounded_low, rounded_high);
  }
  if constexpr (kResults == Results::kQuick) return results;
  // What rounding_bias lacks if the zero point is odd.
  return vqaddq_s16(results, vandq_s16(output.zero_point_s16, vdupq_n_s16(1)));
}

// Sixteen such results as bytes of type T.
template <Results kResults, typename T>
inline uint8x16_t ResultsToBytes(int16x8_t first, int16x8_t second, const RequantizeNeon& output) {
  if constexpr (std::is_signed_v<T>) {
#if defined(__aarch64__)
    const int8x16_t bytes = vqmovn_high_s16(vqmovn_s16(first), second);
#else
    const int8x16_t bytes = vcombine_s8(vqmovn_s16(first), vqmovn_s16(second));
#endif
    if constexpr (kResults == Results::kQuick) return vreinterpretq_u8_s8(bytes);
    const int8x16_t at_least = vmaxq_s8(bytes, vreinterpretq_s8_u8(output.min_bytes));
    return vreinterpretq_u8_s8(vminq_s8(at_least, vreinterpretq_s8_u8(output.max_bytes)));
  } else {
#if defined(__aarch64__)
    const uint8x16_t bytes = vqmovun_high_s16(vqmovun_s16(first), second);
#else
    const uint8x16_t bytes = vcombine_u8(vqmovun_s16(first), vqmovun_s16(second));
#endif
    if constexpr (kResults == Results::kQuick) return bytes;
    return vminq_u8(vmaxq_u8(bytes, output.min_bytes), output.max_bytes);
  }
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

}  // namespace
}  // namespace mobilenet
