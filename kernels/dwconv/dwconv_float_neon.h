// The depthwise kernels of floats, and of half floats where the CPU computes in them.
#pragma once

#include <cassert>

#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

inline constexpr int kNr = 8;  // channels of a block: one vector of halves, or two of floats
template <int kTaps>
constexpr int kBlock = (1 + kTaps * kTaps) * kNr;  // biases, weights (KH, KW, 8)

// For sums that begin with the same bias, before the loop that adds to them. GCC 12 otherwise remembers
// that they were the same, and copies vectors from register to register in the loop: a window of 3x3 takes a
// quarter longer. (To ReadAgain would serve, too, but on a Cortex-A53 loads take longer than copies.)
template <typename Vector>
[[gnu::always_inline]] inline void GiveOwnRegister(Vector& sum) {
  asm("" : "+w"(sum));
}

// Each output is added up in the order of its taps by the same operations in one accumulator, here and in
// Pixel(), so it does not depend on the tile that contains it. Neon: NeonF32, or NeonF16
template <typename Neon, int kTaps, int kStride, int kMissingLeft, int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kTaps, kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const typename Neon::Element* input,
                            const typename Neon::Element* block, typename Neon::Element* output,
                            typename Neon::Limits limits) {
  using Vector = typename Neon::Vector;
  constexpr int kLanes = Neon::kLanes;
  constexpr int kVectors = kNr / kLanes;
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const std::ptrdiff_t output_stride = geometry.output_pixel_stride;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  input += place.input_offset + place.rows.begin * row_stride;
  output += place.output_offset;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, block += kBlock<kTaps>) {
    Vector sums[kTilePixels][kVectors];
    Unroll<kTilePixels>([&](auto pixel) {
      Unroll<kVectors>([&](auto j) {
        sums[pixel][j] = Neon::Load(block + j * kLanes);
        GiveOwnRegister(sums[pixel][j]);
      });
    });
    const typename Neon::Element* weights = block + kNr + place.rows.begin * kTaps * kNr;
    const typename Neon::Element* row = input + c;
    for (int kh = place.rows.begin; kh < place.rows.end; ++kh) {
      Unroll<kVectors>([&](auto j) {
        Vector taps[kTaps];
        Unroll<kTaps>([&](auto kw) { taps[kw] = Neon::Load(weights + kw * kNr + j * kLanes); });
        Unroll<columns.kCount>([&](auto column) {
          if constexpr (columns.IsInside(column)) {
            const Vector values = Neon::Load(row + column * pixel_stride + j * kLanes);
            Unroll<kTilePixels>([&](auto pixel) {
              constexpr int kw = column - pixel * kStride;
              if constexpr (kw >= 0 && kw < kTaps) {
                sums[pixel][j] = Neon::MultiplyAdd(sums[pixel][j], values, taps[kw]);
              }
            });
          }
        });
      });
      weights += kTaps * kNr;
      row += row_stride;
    }
    Unroll<kTilePixels>([&](auto pixel) {
      typename Neon::Element* values = output + pixel * output_stride + c;
      Unroll<kVectors>(
          [&](auto j) { Neon::Store(values + j * kLanes, Neon::Clamped(sums[pixel][j], limits)); });
    });
  }
}

template <typename Neon, int kTaps>
void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const typename Neon::Element* input, const typename Neon::Element* packed,
           typename Neon::Element* output, const typename Neon::Limits& limits) {
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += Neon::kLanes) {
    const typename Neon::Element* block = packed + c / kNr * kBlock<kTaps> + c % kNr;
    typename Neon::Vector sum = Neon::Load(block);
    for (int kh = place.rows.begin; kh < place.rows.end; ++kh) {
      for (int kw = columns.begin; kw < columns.end; ++kw) {
        const typename Neon::Vector values =
            Neon::Load(input + place.input_offset + kh * geometry.input_row_stride +
                       kw * geometry.input_pixel_stride + c);
        sum = Neon::MultiplyAdd(sum, values, Neon::Load(block + (1 + kh * kTaps + kw) * kNr));
      }
    }
    Neon::StoreFirst(output + place.output_offset + c, Neon::Clamped(sum, limits), channels - c);
  }
}

template <typename Neon, int kTaps>
void DwconvNeonFloat(const ConvGeometry& geometry, int row_begin, int row_end,
                     const typename Neon::Element* input, const void* packed, typename Neon::Element* output,
                     const ClampF32& clamp) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const auto* weights = static_cast<const typename Neon::Element*>(packed);
  const typename Neon::Limits limits(clamp);
  ForEachTile<kTaps>(
      geometry, row_begin, row_end,
      [&](auto columns, const TilePlace& place) {
        Tile<Neon>(columns, place, geometry, input, weights, output, limits);
      },
      [&](TapRange columns, const TilePlace& place, int c_begin) {
        Pixel<Neon, kTaps>(columns, place, c_begin, geometry, input, weights, output, limits);
      });
}

}  // namespace
}  // namespace mobilenet
