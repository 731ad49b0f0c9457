// The order of tiles that the NEON matrix products of pointwise and fully_connected share.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// Weights that are read repeatedly while all rows are multiplied by them: a quarter of the smallest
// second-level cache, 512 KB on a Raspberry Pi 3, so that rows and results pass through the rest of it. So
// each weight comes from memory once, and the rows once for every panel.
inline constexpr size_t kGemmPanelBytes = 128 * 1024;

// compute(rows, m, n_begin, n_end) for tiles of `rows` rows (a constant, at most kMaxRows) from row m by the
// channels [n_begin, n_end) of a panel of weights, blocks of nr channels. The rows of a tile stay in the
// first-level cache for a whole panel. Tiles differ by one row at most: 13 rows, 6 at most per tile, are 5 +
// 4 + 4 and not 6 + 6 + 1: a single row has so few independent sums that it takes as long as 2 to 4.
template <int kMaxRows, typename Compute>
void ForEachGemmPanel(int m, int n, int nr, size_t block_bytes, const Compute& compute) {
  const int panel = nr * static_cast<int>(std::max<size_t>(1, kGemmPanelBytes / block_bytes));
  const int tiles = (m + kMaxRows - 1) / kMaxRows;
  for (int panel_begin = 0; panel_begin < n; panel_begin += panel) {
    const int panel_end = std::min(n, panel_begin + panel);
    int row = 0;
    for (int tile = 0; tile < tiles; ++tile) {
      const int rows = m / tiles + (tile < m % tiles ? 1 : 0);
      Unroll<kMaxRows>([&](auto index) {
        if (rows == index + 1) compute(std::integral_constant<int, index + 1>(), row, panel_begin, panel_end);
      });
      row += rows;
    }
  }
}

// The same, block by block: compute(rows, m, n) with the channels from n on.
template <int kMaxRows, typename Compute>
void ForEachGemmTile(int m, int n, int nr, size_t block_bytes, const Compute& compute) {
  ForEachGemmPanel<kMaxRows>(m, n, nr, block_bytes, [&](auto rows, int row, int n_begin, int n_end) {
    for (; n_begin < n_end; n_begin += nr) compute(rows, row, n_begin);
  });
}

}  // namespace
}  // namespace mobilenet
