// Vectors of floats of AVX2 or AVX-512: the compiler flags of the file that includes it decide which.
#pragma once

#include <immintrin.h>

#include <algorithm>

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

#if defined(__AVX512F__)
using VectorF32 = __m512;
constexpr int kLanes = 16;
inline VectorF32 Load(const float* values) {
  return _mm512_loadu_ps(values);
}
inline VectorF32 Broadcast(float value) {
  return _mm512_set1_ps(value);
}
inline VectorF32 MultiplyAdd(VectorF32 sum, VectorF32 a, VectorF32 b) {
  return _mm512_fmadd_ps(a, b, sum);
}
// NaN becomes the bound: the second operand is taken if one of them is NaN. With a mask of all lanes, since
// GCC 12 warns about its own header's _mm512_max_ps.
constexpr __mmask16 kAllLanes = 0xFFFF;
inline VectorF32 AtLeast(VectorF32 values, VectorF32 bound) {
  return _mm512_mask_max_ps(values, kAllLanes, values, bound);
}
inline VectorF32 AtMost(VectorF32 values, VectorF32 bound) {
  return _mm512_mask_min_ps(values, kAllLanes, values, bound);
}
inline void Store(float* output, VectorF32 values) {
  _mm512_storeu_ps(output, values);
}
// The first `count` values, fewer than kLanes; the lanes after them are 0.
inline void StoreFirst(float* output, VectorF32 values, int count) {
  _mm512_mask_storeu_ps(output, static_cast<__mmask16>((1u << count) - 1), values);
}
inline VectorF32 LoadFirst(const float* values, int count) {
  return _mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), values);
}
#else
using VectorF32 = __m256;
constexpr int kLanes = 8;
inline VectorF32 Load(const float* values) {
  return _mm256_loadu_ps(values);
}
inline VectorF32 Broadcast(float value) {
  return _mm256_set1_ps(value);
}
inline VectorF32 MultiplyAdd(VectorF32 sum, VectorF32 a, VectorF32 b) {
  return _mm256_fmadd_ps(a, b, sum);
}
// NaN becomes the bound: the second operand is taken if one of them is NaN.
inline VectorF32 AtLeast(VectorF32 values, VectorF32 bound) {
  return _mm256_max_ps(values, bound);
}
inline VectorF32 AtMost(VectorF32 values, VectorF32 bound) {
  return _mm256_min_ps(values, bound);
}
inline void Store(float* output, VectorF32 values) {
  _mm256_storeu_ps(output, values);
}
// The first `count` values, fewer than kLanes; the lanes after them are 0.
inline void StoreFirst(float* output, VectorF32 values, int count) {
  float all[kLanes];
  Store(all, values);
  std::copy_n(all, count, output);
}
inline VectorF32 LoadFirst(const float* values, int count) {
  float all[kLanes] = {};
  std::copy_n(values, count, all);
  return Load(all);
}
#endif

}  // namespace
}  // namespace mobilenet
