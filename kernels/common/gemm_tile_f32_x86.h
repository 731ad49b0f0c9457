// The tile of gemm_f32_x86.h in vectors of AVX2 or AVX-512: which of the two, the flags of the file say that
// includes it.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "kernels/common/clamp.h"
#include "kernels/common/gemm_f32_x86.h"
#include "kernels/common/unroll.h"

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
// NaN becomes the bound: the second operand is taken where one is no number. With a mask of all lanes, since
// GCC 12 warns of its own header's _mm512_max_ps.
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
// The first `count` values, fewer than kLanes.
inline void StoreFirst(float* output, VectorF32 values, int count) {
  _mm512_mask_storeu_ps(output, static_cast<__mmask16>((1u << count) - 1), values);
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
// NaN becomes the bound: the second operand is taken where one is no number.
inline VectorF32 AtLeast(VectorF32 values, VectorF32 bound) {
  return _mm256_max_ps(values, bound);
}
inline VectorF32 AtMost(VectorF32 values, VectorF32 bound) {
  return _mm256_min_ps(values, bound);
}
inline void Store(float* output, VectorF32 values) {
  _mm256_storeu_ps(output, values);
}
// The first `count` values, fewer than kLanes.
inline void StoreFirst(float* output, VectorF32 values, int count) {
  float all[kLanes];
  Store(all, values);
  std::copy_n(all, count, output);
}
#endif

// A GemmTileF32 of kRows rows and at most kVectors * kLanes channels.
template <int kRows, int kVectors>
[[gnu::noinline]] void TileOfVectors(int channels, int taps, int k, const float* const* rows,
                                     const float* block, std::ptrdiff_t ahead, float* output,
                                     std::ptrdiff_t output_stride, const ClampF32& clamp) {
  constexpr int kNr = kVectors * kLanes;
  VectorF32 sums[kRows][kVectors];
  Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
    const VectorF32 bias = Load(block + j * kLanes);
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) { sums[row][j] = bias; });
  });
  const float* weights = block + kNr;  // (taps, k, nr)
  for (int tap = 0; tap < taps; ++tap, rows += kRows) {
    const float* inputs[kRows];
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) { inputs[row] = rows[row]; });
    for (int i = 0; i < k; ++i, weights += kNr) {
      _mm_prefetch(reinterpret_cast<const char*>(weights) + ahead, _MM_HINT_T1);
      VectorF32 vectors[kVectors];
      Unroll<kVectors>([&](auto j)
                           __attribute__((always_inline)) { vectors[j] = Load(weights + j * kLanes); });
      Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
        const VectorF32 value = Broadcast(inputs[row][i]);
        Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
          sums[row][j] = MultiplyAdd(sums[row][j], value, vectors[j]);
        });
      });
    }
  }
  const VectorF32 min = Broadcast(clamp.min);
  const VectorF32 max = Broadcast(clamp.max);
  Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
    Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      const VectorF32 values = AtMost(AtLeast(sums[row][j], min), max);
      float* to = output + row * output_stride + j * kLanes;
      const int left = channels - j * kLanes;
      if (left >= kLanes) {
        Store(to, values);
      } else if (left > 0) {
        StoreFirst(to, values, left);
      }
    });
  });
}

// TileOfVectors of 1, 2, ... kMaxRows rows.
template <int kVectors, int... kIndices>
constexpr std::array<GemmTileF32*, sizeof...(kIndices)> Tiles(std::integer_sequence<int, kIndices...>) {
  return {TileOfVectors<kIndices + 1, kVectors>...};
}

template <int kMaxRows, int kVectors>
constexpr std::array<GemmTileF32*, kMaxRows> kTiles =
    Tiles<kVectors>(std::make_integer_sequence<int, kMaxRows>());

// kMaxRows rows of kVectors vectors.
template <int kMaxRows, int kVectors>
constexpr GemmTilesF32 kGemmTiles = {kMaxRows, {kVectors * kLanes, 1}, kTiles<kMaxRows, kVectors>.data()};

}  // namespace
}  // namespace mobilenet
