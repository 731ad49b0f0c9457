// The float matrix product behind the AVX2 and AVX-512 kernels of pointwise, conv and fully_connected; which
// of the two, the flags of the file say that includes it. Each output is summed up in the order of k by the
// same fused operation in one accumulator, so it does not depend on the tile that it is in.
#pragma once

#include <immintrin.h>

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <type_traits>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"
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

// Rows of a tile of two vectors: sums for 14 x 2 take 28 of AVX-512's 32 registers, for 6 x 2 take 12 of
// AVX2's 16; the others hold the weights and an input.
constexpr int kAvx512Rows = 14;
constexpr int kAvx2Rows = 6;

// kRows x `channels` outputs, at most kVectors * kLanes channels, which is the nr of the packed weights.
// rows   of each tap kRows pointers to its k inputs, tap after tap
// ahead  so many bytes behind the weights that are read others are fetched into the second-level cache, a
// line
//        for each k
// ahead  for each weight that is read, what lies so many bytes behind it is fetched into the second-level
// cache
template <int kRows, int kVectors>
[[gnu::noinline]] void GemmTileX86(int channels, int taps, int k, const float* const* rows,
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

// Weights that all rows pass by before the next ones are taken, which are fetched meanwhile: two such panels
// fit into the second-level cache of a desktop's core.
constexpr size_t kPanelBytesX86 = 128 * 1024;

// The products of m rows of outputs by n channels, K = taps * k, packed with {kVectors * kLanes, 1}.
// rows_of(row, count, pointers)   writes the pointers of GemmTileX86 for `count` rows from `row` on
// kPointers                       room for the pointers of a tile, which has fewer rows where they don't fit
template <int kMaxRows, int kVectors, int kPointers, typename RowsOf>
void GemmX86(int m, int n, int taps, int k, const RowsOf& rows_of, const void* packed, float* output,
             std::ptrdiff_t output_stride, const ClampF32& clamp) {
  constexpr int kNr = kVectors * kLanes;
  const size_t block_bytes = PackedBlockBytesF32(taps * k, {kNr, 1});
  const int panel = kNr * static_cast<int>(std::max<size_t>(1, kPanelBytesX86 / block_bytes));
  assert(taps <= kPointers);
  const int max_rows = std::min(kMaxRows, kPointers / taps);
  const int tiles = (m + max_rows - 1) / max_rows;
  const float* pointers[kPointers];
  for (int panel_begin = 0; panel_begin < n; panel_begin += panel) {
    const int panel_end = std::min(n, panel_begin + panel);
    const auto panel_bytes = static_cast<std::ptrdiff_t>(static_cast<size_t>(panel / kNr) * block_bytes);
    int row = 0;
    for (int tile = 0; tile < tiles; ++tile) {
      // Two tiles fetch the next panel, each a part of the lines of what a k has: the last ones that have
      // the current panel from the cache.
      const int part = tile - std::max(tiles - 2, 0);
      const bool fetches = part >= 0 && panel_end < n;
      const std::ptrdiff_t ahead = fetches ? panel_bytes + part * std::ptrdiff_t{64} : 0;
      // Tiles differ by one row at most: a single row, short of independent sums, takes as long as several.
      const int rows = m / tiles + (tile < m % tiles ? 1 : 0);
      rows_of(row, rows, pointers);
      Unroll<kMaxRows>([&](auto index) {
        if (rows != index + 1) return;
        for (int channel = panel_begin; channel < panel_end; channel += kNr) {
          const auto* block =
              static_cast<const std::byte*>(packed) + static_cast<size_t>(channel / kNr) * block_bytes;
          GemmTileX86<index + 1, kVectors>(std::min(kNr, n - channel), taps, k, pointers,
                                           reinterpret_cast<const float*>(block), ahead,
                                           output + row * output_stride + channel, output_stride, clamp);
        }
      });
      row += rows;
    }
  }
}

// As pointwise.h and fully_connected.h have it.
template <int kMaxRows, int kVectors>
void MatrixProductX86(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                      const void* packed, float* output, std::ptrdiff_t output_stride,
                      const ClampF32& clamp) {
  const auto rows_of = [&](int row, int count, const float** pointers) {
    for (int i = 0; i < count; ++i) pointers[i] = input + (row + i) * input_stride;
  };
  GemmX86<kMaxRows, kVectors, kMaxRows>(m, n, 1, k, rows_of, packed, output, output_stride, clamp);
}

}  // namespace
}  // namespace mobilenet
