// The tile of gemm_f32_x86.h in vectors of AVX2 or AVX-512: the compiler flags of the file that includes it
// decide which.
#pragma once

#include <array>
#include <cstddef>
#include <type_traits>
#include <utility>

#include "kernels/common/clamp.h"
#include "kernels/common/gemm_f32_x86.h"
#include "kernels/common/unroll.h"
#include "kernels/common/vector_f32_x86.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

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

// TileOfVectors with 1, 2, ... kMaxRows rows.
template <int kVectors, int... kIndices>
constexpr std::array<GemmTileF32*, sizeof...(kIndices)> Tiles(std::integer_sequence<int, kIndices...>) {
  return {TileOfVectors<kIndices + 1, kVectors>...};
}

template <int kMaxRows, int kVectors>
constexpr std::array<GemmTileF32*, kMaxRows> kTiles =
    Tiles<kVectors>(std::make_integer_sequence<int, kMaxRows>());

// For kMaxRows rows of kVectors vectors.
template <int kMaxRows, int kVectors>
constexpr GemmTilesF32 kGemmTiles = {kMaxRows, {kVectors * kLanes, 1}, kTiles<kMaxRows, kVectors>.data()};

}  // namespace
}  // namespace mobilenet
