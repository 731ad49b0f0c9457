#include "src/image/orientation.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mobilenet {
namespace {

using Pixel = std::array<uint8_t, 3>;
static_assert(sizeof(Pixel) == 3);

Pixel* Pixels(Image& image) {
  return reinterpret_cast<Pixel*>(image.pixels.data());
}

void MirrorRows(Image& image) {
  Pixel* row = Pixels(image);
  for (int y = 0; y < image.height; ++y, row += image.width) std::reverse(row, row + image.width);
}

void TurnBy180Degrees(Image& image) {
  std::reverse(Pixels(image),
               Pixels(image) + static_cast<size_t>(image.width) * static_cast<size_t>(image.height));
}

// Rows become columns, starting from the last row if `from_bottom`, and columns become rows, starting from
// the last column if `from_right`.
Image Transpose(Image& image, bool from_bottom, bool from_right) {
  Image turned{image.height, image.width, {}};
  turned.pixels.resize(image.pixels.size());
  const ptrdiff_t row_step = from_bottom ? -image.width : image.width;
  const ptrdiff_t column_step = from_right ? -1 : 1;
  const Pixel* const first = Pixels(image) + (from_bottom ? (image.height - 1) * ptrdiff_t{image.width} : 0) +
                             (from_right ? image.width - 1 : 0);
  Pixel* const to = Pixels(turned);
  // In squares, so that the cache lines that a column touches are used up before they are evicted.
  constexpr int kTile = 64;
  for (int tile_y = 0; tile_y < turned.height; tile_y += kTile) {
    const int end_y = std::min(tile_y + kTile, turned.height);
    for (int tile_x = 0; tile_x < turned.width; tile_x += kTile) {
      const int end_x = std::min(tile_x + kTile, turned.width);
      for (int y = tile_y; y < end_y; ++y) {
        const Pixel* from = first + y * column_step + tile_x * row_step;
        Pixel* to_row = to + y * ptrdiff_t{turned.width};
        for (int x = tile_x; x < end_x; ++x, from += row_step) to_row[x] = *from;
      }
    }
  }
  return turned;
}

Image TurnPixels(Image stored, int orientation) {
  switch (orientation) {
    case 2:
      MirrorRows(stored);
      return stored;
    case 3:
      TurnBy180Degrees(stored);
      return stored;
    case 4:
      TurnBy180Degrees(stored);
      MirrorRows(stored);
      return stored;
    case 5:
      return Transpose(stored, false, false);
    case 6:
      return Transpose(stored, true, false);
    case 7:
      return Transpose(stored, true, true);
    case 8:
      return Transpose(stored, false, true);
    default:
      return stored;
  }
}

// The placement, after the turn, of an image that lies like this in the stored picture.
Placement TurnPlacement(const Placement& stored, int width, int height, int orientation) {
  Placement turned = stored;
  const double right = stored.width * stored.scale - stored.left - width;
  const double bottom = stored.height * stored.scale - stored.top - height;
  if (orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8) turned.left = right;
  if (orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7) turned.top = bottom;
  if (orientation >= 5) {
    std::swap(turned.width, turned.height);
    std::swap(turned.left, turned.top);
  }
  return turned;
}

}  // namespace

Image TurnUpright(Image stored, int orientation) {
  if (orientation < 2 || orientation > 8) return stored;
  std::optional<Placement> placement;
  if (stored.placement) {
    placement = TurnPlacement(*stored.placement, stored.width, stored.height, orientation);
  }
  Image turned = TurnPixels(std::move(stored), orientation);
  turned.placement = placement;
  return turned;
}

}  // namespace mobilenet
