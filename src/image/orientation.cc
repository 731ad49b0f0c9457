#include "src/image/orientation.h"

#include <algorithm>
#include <cstring>

namespace mobilenet {

Image TurnUpright(Image stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  const bool is_transposed = orientation >= 5;
  // Before a transposition, is the stored picture read from its right, from its bottom?
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  const bool from_bottom = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;

  Image upright;
  upright.width = is_transposed ? stored.height : stored.width;
  upright.height = is_transposed ? stored.width : stored.height;
  upright.pixels.resize(stored.pixels.size());
  const ptrdiff_t column_bytes = from_right ? -3 : 3;
  const ptrdiff_t row_bytes = ptrdiff_t{3} * stored.width * (from_bottom ? -1 : 1);
  const uint8_t* const first = stored.pixels.data() + (from_right ? ptrdiff_t{3} * (stored.width - 1) : 0) +
                               (from_bottom ? ptrdiff_t{3} * stored.width * (stored.height - 1) : 0);
  const ptrdiff_t step_x_bytes = is_transposed ? row_bytes : column_bytes;
  const ptrdiff_t step_y_bytes = is_transposed ? column_bytes : row_bytes;

  // Squares of 32 x 32, so that the cache lines of a transposed picture's columns are used up before they are
  // lost.
  constexpr int kTile = 32;
  for (int tile_y = 0; tile_y < upright.height; tile_y += kTile) {
    for (int tile_x = 0; tile_x < upright.width; tile_x += kTile) {
      const int end_x = std::min(tile_x + kTile, upright.width);
      const int end_y = std::min(tile_y + kTile, upright.height);
      for (int y = tile_y; y < end_y; ++y) {
        const uint8_t* from = first + y * step_y_bytes + tile_x * step_x_bytes;
        uint8_t* to = upright.pixels.data() + (static_cast<size_t>(y) * upright.width + tile_x) * 3;
        for (int x = tile_x; x < end_x; ++x) {
          to[0] = from[0];
          to[1] = from[1];
          to[2] = from[2];
          to += 3;
          from += step_x_bytes;
        }
      }
    }
  }
  return upright;
}

}  // namespace mobilenet
