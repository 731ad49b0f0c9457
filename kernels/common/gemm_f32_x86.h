// The float matrix product behind the AVX2 and AVX-512 kernels of pointwise, conv and fully_connected. Each
// output is added up in the order of k by the same fused operation in one accumulator, so it does not depend
// on the tile that contains it.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {

// Some rows by `channels` outputs, at most those of a block of packed weights.
// rows   a pointer per row to the k inputs of a tap, tap after tap
// block  its biases, then its weights (taps, k, nr)
// ahead  for each k, what lies this many bytes behind its weights is fetched into the second-level cache
using GemmTileF32 = void(int channels, int taps, int k, const float* const* rows, const float* block,
                         std::ptrdiff_t ahead, float* output, std::ptrdiff_t output_stride,
                         const ClampF32& clamp);

// tiles[i] makes i + 1 rows, of weights packed with `tile`.
struct GemmTilesF32 {
  int max_rows;
  PackTile tile;
  GemmTileF32* const* tiles;
};

// For a single row: gemv.
extern const GemmTilesF32 kGemmAvx2;
extern const GemmTilesF32 kGemvAvx2;
extern const GemmTilesF32 kGemmAvx512;
extern const GemmTilesF32 kGemvAvx512;

// The largest number of rows among them.
inline constexpr int kMostTileRows = 14;

// Weights that all rows are multiplied by before the next ones, which are fetched meanwhile: two such panels
// fit into the second-level cache of a desktop's core.
constexpr size_t kPanelBytesX86 = 128 * 1024;

// The products of m rows of outputs by n channels, K = taps * k, packed with gemm.tile.
// rows_of(row, count, pointers)   writes the pointers of GemmTileF32 for `count` rows from `row` on
// kPointers                       room for the pointers of a tile, which has fewer rows if they don't fit
template <int kPointers, typename RowsOf>
void GemmF32X86(const GemmTilesF32& gemm, int m, int n, int taps, int k, const RowsOf& rows_of,
                const void* packed, float* output, std::ptrdiff_t output_stride, const ClampF32& clamp) {
  const int nr = gemm.tile.nr;
  const size_t block_bytes = PackedBlockBytesFloat<float>(taps * k, gemm.tile);
  const int panel = nr * static_cast<int>(std::max<size_t>(1, kPanelBytesX86 / block_bytes));
  assert(taps <= kPointers);
  const int max_rows = std::min(gemm.max_rows, kPointers / taps);
  const int tiles = (m + max_rows - 1) / max_rows;
  const float* pointers[kPointers];
  for (int panel_begin = 0; panel_begin < n; panel_begin += panel) {
    const int panel_end = std::min(n, panel_begin + panel);
    const auto panel_bytes = static_cast<std::ptrdiff_t>(static_cast<size_t>(panel / nr) * block_bytes);
    int row = 0;
    for (int tile = 0; tile < tiles; ++tile) {
      // Two tiles fetch the next panel, each a part of the cache lines for one k: the last ones that take
      // the current panel from the cache.
      const int part = tile - std::max(tiles - 2, 0);
      const bool fetches = part >= 0 && panel_end < n;
      const std::ptrdiff_t ahead = fetches ? panel_bytes + part * std::ptrdiff_t{64} : 0;
      // Tiles differ by one row at most: a single row takes as long as several, with so few independent sums.
      const int rows = m / tiles + (tile < m % tiles ? 1 : 0);
      rows_of(row, rows, pointers);
      GemmTileF32* product = gemm.tiles[rows - 1];
      for (int channel = panel_begin; channel < panel_end; channel += nr) {
        const auto* block =
            static_cast<const std::byte*>(packed) + static_cast<size_t>(channel / nr) * block_bytes;
        product(std::min(nr, n - channel), taps, k, pointers, reinterpret_cast<const float*>(block), ahead,
                output + row * output_stride + channel, output_stride, clamp);
      }
      row += rows;
    }
  }
}

// As in pointwise.h and fully_connected.h; a tile has at most kMaxRows rows.
template <int kMaxRows>
void MatrixProductX86(const GemmTilesF32& gemm, int m, int n, int k, const float* input,
                      std::ptrdiff_t input_stride, const void* packed, float* output,
                      std::ptrdiff_t output_stride, const ClampF32& clamp) {
  const auto rows_of = [&](int row, int count, const float** pointers) {
    for (int i = 0; i < count; ++i) pointers[i] = input + (row + i) * input_stride;
  };
  GemmF32X86<kMaxRows>(gemm, m, n, 1, k, rows_of, packed, output, output_stride, clamp);
}

}  // namespace mobilenet
