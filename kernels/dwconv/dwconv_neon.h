// The loop over tiles of the NEON kernels of dwconv: a few neighbouring pixels of an output row are computed
// together, 8 channels at a time. They share most of their inputs and all weights, and the input of a tile
// stays in the first-level cache for any number of channels.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "kernels/common/conv_geometry.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

inline constexpr int kTilePixels = 4;

// Where outputs and their taps (0, 0) lie: offsets, since these taps may lie outside the input.
struct TilePlace {
  std::ptrdiff_t input_offset;
  std::ptrdiff_t output_offset;
  TapRange rows;
};

// The input columns of a tile of which the first kMissingLeft and the last kMissingRight are padding. The
// window has kTaps columns.
template <int kWindowTaps, int kWindowStride, int kMissingLeft, int kMissingRight>
struct TileColumns {
  static constexpr int kTaps = kWindowTaps;
  static constexpr int kStride = kWindowStride;
  static constexpr int kCount = (kTilePixels - 1) * kStride + kTaps;
  static constexpr bool kAreAllInside = kMissingLeft == 0 && kMissingRight == 0;
  static constexpr bool IsInside(int column) {
    return column >= kMissingLeft && column < kCount - kMissingRight;
  }
};

// tile(columns, place) with a TileColumns computes kTilePixels outputs of a row, channels 0 to the last
// multiple of 8; pixel(columns, place, c_begin) with a TapRange computes one, channels c_begin to the end.
// kStride = 0: of any stride, one by one.
template <int kTaps, int kStride, typename Tile, typename Pixel>
void ForEachTileOfStride(const ConvGeometry& geometry, int row_begin, int row_end, const Tile& tile,
                         const Pixel& pixel) {
  // The most padding that SAME has at a side, and any tile of a narrower map.
  constexpr int kMaxMissing = kTaps / 2;
  const int channels = geometry.output_channels;
  const int width = geometry.output_width;
  const int stride = kStride == 0 ? geometry.stride : kStride;
  for (int oh = row_begin; oh < row_end; ++oh) {
    const int ih = oh * stride - geometry.pad_top;
    const auto place = [&](int ow) {
      const std::ptrdiff_t iw = ow * stride - geometry.pad_left;
      return TilePlace{ih * geometry.input_row_stride + iw * geometry.input_pixel_stride,
                       oh * geometry.output_row_stride + ow * geometry.output_pixel_stride,
                       ValidTaps(ih, geometry.input_height, kTaps)};
    };
    const auto pixels = [&](int ow_begin, int ow_end, int c_begin) {
      for (int ow = ow_begin; ow < ow_end; ++ow) {
        pixel(ValidTaps(ow * stride - geometry.pad_left, geometry.input_width, kTaps), place(ow), c_begin);
      }
    };
    int done = 0;
    if constexpr (kStride != 0) {
      constexpr int kColumns = TileColumns<kTaps, kStride, 0, 0>::kCount;
      const int c_tail = channels / 8 * 8;
      while (width >= kTilePixels && done < width) {
        // The last tile computes some outputs twice, which is faster than one by one.
        const int ow = std::min(done, width - kTilePixels);
        const int left = std::max(geometry.pad_left - ow * stride, 0);
        const int right = std::max(ow * stride - geometry.pad_left + kColumns - geometry.input_width, 0);
        if (left > kMaxMissing || right > kMaxMissing) {
          pixels(ow, ow + kTilePixels, 0);
        } else {
          Unroll<kMaxMissing + 1>([&](auto missing_left) {
            Unroll<kMaxMissing + 1>([&](auto missing_right) {
              if (left == missing_left && right == missing_right) {
                tile(TileColumns<kTaps, kStride, missing_left, missing_right>(), place(ow));
              }
            });
          });
          if (c_tail < channels) pixels(ow, ow + kTilePixels, c_tail);
        }
        done = ow + kTilePixels;
      }
    }
    pixels(done, width, 0);
  }
}

template <int kTaps, typename Tile, typename Pixel>
void ForEachTile(const ConvGeometry& geometry, int row_begin, int row_end, const Tile& tile,
                 const Pixel& pixel) {
  if (geometry.stride == 1) {
    ForEachTileOfStride<kTaps, 1>(geometry, row_begin, row_end, tile, pixel);
  } else if (geometry.stride == 2) {
    ForEachTileOfStride<kTaps, 2>(geometry, row_begin, row_end, tile, pixel);
  } else {
    ForEachTileOfStride<kTaps, 0>(geometry, row_begin, row_end, tile, pixel);
  }
}

// compute(header, c, geometry, blocks) for runs of blocks of 8 channels with the same header: for the
// channels from c on, as many as the geometry says.
template <typename Compute>
void ForEachRunOfBlocks(const ConvGeometry& geometry, size_t block_bytes, const std::byte* packed,
                        const Compute& compute) {
  constexpr int kNr = 8;
  const int channels = geometry.output_channels;
  const auto block = [&](int c) { return packed + static_cast<size_t>(c / kNr) * block_bytes; };
  const auto header = [&](int c) { return *reinterpret_cast<const PackedBlockHeader*>(block(c)); };
  for (int begin = 0; begin < channels;) {
    int end = begin + kNr;
    while (end < channels && header(end) == header(begin)) end += kNr;
    end = std::min(end, channels);
    ConvGeometry run = geometry;
    run.input_channels = run.output_channels = end - begin;
    compute(header(begin), begin, run, block(begin));
    begin = end;
  }
}

}  // namespace
}  // namespace mobilenet
