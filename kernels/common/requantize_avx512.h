// Requantize of requantize.h for the 16 lanes of AVX-512. With masks of all lanes where GCC 12 would warn
// about its own header's functions without them.
#pragma once

#include <immintrin.h>

#include <cstdint>

#include "kernels/common/requantize.h"
#include "kernels/common/vector_f32_x86.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// QuantizedOutput, in every lane.
struct RequantizeAvx512 {
  template <typename T>
  explicit RequantizeAvx512(const QuantizedOutput<T>& output)
      : min_less_zero_point(_mm512_set1_ps(output.min_less_zero_point)),
        max_less_zero_point(_mm512_set1_ps(output.max_less_zero_point)),
        zero_point(_mm512_set1_epi32(output.zero_point)) {}

  __m512 min_less_zero_point;
  __m512 max_less_zero_point;
  __m512i zero_point;
};

inline __m512 ToFloats(__m512i values) {
  return _mm512_maskz_cvtepi32_ps(kAllLanes, values);
}
// Rounds like RoundToInt, ties to even.
inline __m512i ToInts(__m512 values) {
  return _mm512_maskz_cvtps_epi32(kAllLanes, values);
}
// NaN becomes the minimum.
inline __m512 ClampFloats(__m512 values, __m512 min, __m512 max) {
  return AtMost(AtLeast(values, min), max);
}
// The low bytes.
inline __m128i LowBytes(__m512i values) {
  return _mm512_maskz_cvtepi32_epi8(kAllLanes, values);
}

// The results as int32, within the range of the type.
inline __m512i RequantizeToInt32(__m512i sums, __m512 scales, const RequantizeAvx512& output) {
  const __m512 values = _mm512_mul_ps(ToFloats(sums), scales);
  const __m512 clamped = ClampFloats(values, output.min_less_zero_point, output.max_less_zero_point);
  return _mm512_add_epi32(ToInts(clamped), output.zero_point);
}

}  // namespace
}  // namespace mobilenet
