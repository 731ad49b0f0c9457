#include <cassert>

#include "kernels/common/neon_f32.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconvNeonTileF32.nr;
template <int kTaps>
constexpr int kBlock = (1 + kTaps * kTaps) * kNr;  // biases, weights (KH, KW, 8)

// Each output is added up in the order of its taps by the same operations in one accumulator, here and in
// Pixel(), so it does not depend on the tile that contains it.
template <int kTaps, int kStride, int kMissingLeft, int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kTaps, kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const float* input, const float* block,
                            float* output, ClampNeon clamp) {
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const std::ptrdiff_t output_stride = geometry.output_pixel_stride;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  input += place.input_offset + place.rows.begin * row_stride;
  output += place.output_offset;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, block += kBlock<kTaps>) {
    float32x4_t sums[kTilePixels][2];
    Unroll<kTilePixels>([&](auto pixel) {
      sums[pixel][0] = vld1q_f32(block);
      sums[pixel][1] = vld1q_f32(block + 4);
    });
    const float* weights = block + kNr + place.rows.begin * kTaps * kNr;
    const float* row = input + c;
    for (int kh = place.rows.begin; kh < place.rows.end; ++kh) {
      Unroll<2>([&](auto half) {
        float32x4_t taps[kTaps];
        Unroll<kTaps>([&](auto kw) { taps[kw] = vld1q_f32(weights + kw * kNr + half * 4); });
        Unroll<columns.kCount>([&](auto column) {
          if constexpr (columns.IsInside(column)) {
            const float32x4_t values = vld1q_f32(row + column * pixel_stride + half * 4);
            Unroll<kTilePixels>([&](auto pixel) {
              constexpr int kw = column - pixel * kStride;
              if constexpr (kw >= 0 && kw < kTaps) {
                sums[pixel][half] = MultiplyAdd(sums[pixel][half], values, taps[kw]);
              }
            });
          }
        });
      });
      weights += kTaps * kNr;
      row += row_stride;
    }
    Unroll<kTilePixels>([&](auto pixel) {
      float* values = output + pixel * output_stride + c;
      vst1q_f32(values, Clamp(sums[pixel][0], clamp));
      vst1q_f32(values + 4, Clamp(sums[pixel][1], clamp));
    });
  }
}

template <int kTaps>
void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const float* input, const float* packed, float* output, const ClampNeon& clamp) {
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += 4) {
    const float* block = packed + c / kNr * kBlock<kTaps> + c % kNr;
    float32x4_t sum = vld1q_f32(block);
    for (int kh = place.rows.begin; kh < place.rows.end; ++kh) {
      for (int kw = columns.begin; kw < columns.end; ++kw) {
        const float32x4_t values = vld1q_f32(input + place.input_offset + kh * geometry.input_row_stride +
                                             kw * geometry.input_pixel_stride + c);
        sum = MultiplyAdd(sum, values, vld1q_f32(block + (1 + kh * kTaps + kw) * kNr));
      }
    }
    StoreFirst(output + place.output_offset + c, Clamp(sum, clamp), channels - c);
  }
}

template <int kTaps>
void DwconvNeonF32(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const auto* weights = static_cast<const float*>(packed);
  const ClampNeon clamp_neon(clamp);
  ForEachTile<kTaps>(
      geometry, row_begin, row_end,
      [&](auto columns, const TilePlace& place) {
        Tile(columns, place, geometry, input, weights, output, clamp_neon);
      },
      [&](TapRange columns, const TilePlace& place, int c_begin) {
        Pixel<kTaps>(columns, place, c_begin, geometry, input, weights, output, clamp_neon);
      });
}

}  // namespace

void dwconv_f32_3x3_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                         const void* packed, float* output, const ClampF32& clamp) {
  DwconvNeonF32<3>(geometry, row_begin, row_end, input, packed, output, clamp);
}

void dwconv_f32_5x5_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                         const void* packed, float* output, const ClampF32& clamp) {
  DwconvNeonF32<5>(geometry, row_begin, row_end, input, packed, output, clamp);
}

}  // namespace mobilenet
