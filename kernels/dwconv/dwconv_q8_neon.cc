#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconvNeonTile.nr;
template <int kTaps>
constexpr int kBlockBytes = (sizeof(int32_t) + sizeof(float) + kTaps * kTaps) * kNr;

// The sums of 8 channels, and how inputs, weights and what is padding enter into them. Padding is the input's
// zero point, whose products are folded into the bias.
template <typename T>
struct Sums;

template <>
struct Sums<int8_t> {
  using Vector = int8x8_t;

  static Vector Padding(const ConvQuantization<int8_t>& quantization) {
    return vdup_n_s8(quantization.input_zero_point);
  }
  static Vector Values(const int8_t* values) { return vld1_s8(values); }
  static Vector Weights(const int8_t* weights, uint8x8_t) { return vld1_s8(weights); }

  // The taps of row kRow; rows are added in their order. Weights lie in [-127, 127]: two products fit in 16
  // bits, 2 * 128 * 127 < 2^15, so that the 9 taps of a 3x3 window are widened in 5 steps.
  template <int kTaps, int kRow>
  void Add(const Vector* values, const Vector* weights) {
    Unroll<kTaps>([&](auto kw) {
      constexpr int tap = kRow * kTaps + kw;
      if constexpr (tap % 2 == 0) {
        last = vmull_s8(values[kw], weights[kw]);
        if constexpr (tap == kTaps * kTaps - 1) AddProducts(last);
      } else {
        AddProducts(vmlal_s8(last, values[kw], weights[kw]));
      }
    });
  }
  void AddProducts(int16x8_t products) {
    low = vaddw_s16(low, vget_low_s16(products));
    high = vaddw_s16(high, vget_high_s16(products));
  }

  int32x4_t low;
  int32x4_t high;
  int16x8_t last = {};  // products that are not yet in the sums
};

template <>
struct Sums<uint8_t> {
  using Vector = int16x8_t;

  static Vector Padding(const ConvQuantization<uint8_t>& quantization) {
    return vdupq_n_s16(quantization.input_zero_point);
  }
  static Vector Values(const uint8_t* values) { return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(values))); }
  static Vector Weights(const uint8_t* weights, uint8x8_t zero_point) {
    return vreinterpretq_s16_u16(vsubl_u8(vld1_u8(weights), zero_point));
  }

  void Add(Vector value, Vector weight) {
    low = vmlal_s16(low, vget_low_s16(value), vget_low_s16(weight));
    high = vmlal_s16(high, vget_high_s16(value), vget_high_s16(weight));
  }

  template <int kTaps, int kRow>
  void Add(const Vector* values, const Vector* weights) {
    Unroll<kTaps>([&](auto kw) { Add(values[kw], weights[kw]); });
  }

  int32x4_t low;
  int32x4_t high;
};

// One block of packed weights.
template <typename T>
struct Block {
  explicit Block(const std::byte* packed)
      : bias(reinterpret_cast<const int32_t*>(packed)),
        scales(reinterpret_cast<const float*>(bias + kNr)),
        weights(reinterpret_cast<const T*>(scales + kNr)) {}

  const int32_t* bias;
  const float* scales;
  const T* weights;  // (KH, KW, 8)
};

// ConvQuantization in vector registers.
template <typename T>
struct Quantization {
  explicit Quantization(const ConvQuantization<T>& quantization)
      : padding(Sums<T>::Padding(quantization)),
        weights_zero_point(vdup_n_u8(static_cast<uint8_t>(quantization.weights_zero_point))),
        output(quantization.output) {}

  typename Sums<T>::Vector padding;
  uint8x8_t weights_zero_point;
  RequantizeNeon output;
};

// Adds all taps of a tile and 8 channels, a row of them after the other. offset: of tap (0, 0) of the first
// pixel in the input, outside of which it may lie
template <typename T, typename Columns>
[[gnu::always_inline]] inline void AddTaps(Columns columns, TapRange rows, const T* input,
                                           std::ptrdiff_t offset, std::ptrdiff_t row_stride,
                                           std::ptrdiff_t pixel_stride, const T* packed,
                                           const Quantization<T>& quantization,
                                           Sums<T> (&sums)[kTilePixels]) {
  using Vector = typename Sums<T>::Vector;
  constexpr int kTaps = Columns::kTaps;
  Unroll<kTaps>([&](auto kh) {
    Vector weights[kTaps];
    Unroll<kTaps>([&](auto kw) {
      weights[kw] = Sums<T>::Weights(packed + (kh * kTaps + kw) * kNr, quantization.weights_zero_point);
    });
    Vector values[columns.kCount];
    std::fill_n(values, columns.kCount, quantization.padding);
    if (rows.Contains(kh)) {
      const T* row = input + (offset + kh * row_stride);
      Unroll<columns.kCount>([&](auto column) {
        if constexpr (columns.IsInside(column)) values[column] = Sums<T>::Values(row + column * pixel_stride);
      });
    }
    Unroll<kTilePixels>(
        [&](auto pixel) { sums[pixel].template Add<kTaps, kh>(&values[pixel * columns.kStride], weights); });
  });
}

// The same for qu8 where the values of a row, 16 bits wide, and its weights do not fit in the registers all
// at once: each value is used up when it is loaded. Of a 5x5 window this takes 0.6 of the cycles, of a 3x3
// one more.
template <typename Columns>
[[gnu::always_inline]] inline void AddTapsByColumn(Columns columns, TapRange rows, const uint8_t* input,
                                                   std::ptrdiff_t offset, std::ptrdiff_t row_stride,
                                                   std::ptrdiff_t pixel_stride, const uint8_t* packed,
                                                   const Quantization<uint8_t>& quantization,
                                                   Sums<uint8_t> (&sums)[kTilePixels]) {
  constexpr int kTaps = Columns::kTaps;
  const auto add = [&](const int16x8_t(&weights)[kTaps], const auto& value_of) {
    Unroll<columns.kCount>([&](auto column) {
      const int16x8_t value = value_of(column);
      Unroll<kTilePixels>([&](auto pixel) {
        constexpr int kw = column - pixel * Columns::kStride;
        if constexpr (kw >= 0 && kw < kTaps) sums[pixel].Add(value, weights[kw]);
      });
    });
  };
  for (int kh = 0; kh < kTaps; ++kh, packed += kTaps * kNr) {
    int16x8_t weights[kTaps];
    Unroll<kTaps>([&](auto kw) {
      weights[kw] = Sums<uint8_t>::Weights(packed + kw * kNr, quantization.weights_zero_point);
    });
    if (rows.Contains(kh)) {
      const uint8_t* row = input + (offset + kh * row_stride);
      add(weights, [&](auto column) {
        if constexpr (columns.IsInside(column)) return Sums<uint8_t>::Values(row + column * pixel_stride);
        return quantization.padding;
      });
    } else {
      add(weights, [&](auto) { return quantization.padding; });
    }
  }
}

template <typename T, int kTaps, int kStride, int kMissingLeft, int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kTaps, kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const T* input, const std::byte* packed, T* output,
                            Quantization<T> quantization) {
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const std::ptrdiff_t output_stride = geometry.output_pixel_stride;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, packed += kBlockBytes<kTaps>) {
    const Block<T> block(packed);
    Sums<T> sums[kTilePixels];
    Unroll<kTilePixels>([&](auto pixel) {
      sums[pixel].low = vld1q_s32(block.bias);
      sums[pixel].high = vld1q_s32(block.bias + 4);
    });
    if constexpr (std::is_unsigned_v<T> && kTaps > 3) {
      AddTapsByColumn(columns, place.rows, input, place.input_offset + c, row_stride, pixel_stride,
                      block.weights, quantization, sums);
    } else {
      AddTaps(columns, place.rows, input, place.input_offset + c, row_stride, pixel_stride, block.weights,
              quantization, sums);
    }
    const float32x4_t scales_low = vld1q_f32(block.scales);
    const float32x4_t scales_high = vld1q_f32(block.scales + 4);
    Unroll<kTilePixels>([&](auto pixel) {
      StoreEight(output + place.output_offset + pixel * output_stride + c,
                 Requantize(sums[pixel].low, sums[pixel].high, scales_low, scales_high, quantization.output));
    });
  }
}

template <int kTaps, typename T>
void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const T* input, const std::byte* packed, T* output, const Quantization<T>& quantization) {
  using Vector = typename Sums<T>::Vector;
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += kNr) {
    const Block<T> block(packed + c / kNr * kBlockBytes<kTaps>);
    Sums<T> sums = {vld1q_s32(block.bias), vld1q_s32(block.bias + 4)};
    Unroll<kTaps>([&](auto kh) {
      Vector values[kTaps];
      Vector weights[kTaps];
      const T* row = input + (place.input_offset + kh * geometry.input_row_stride + c);
      for (int kw = 0; kw < kTaps; ++kw) {
        const bool is_inside = place.rows.Contains(kh) && columns.Contains(kw);
        values[kw] =
            is_inside ? Sums<T>::Values(row + kw * geometry.input_pixel_stride) : quantization.padding;
        weights[kw] =
            Sums<T>::Weights(block.weights + (kh * kTaps + kw) * kNr, quantization.weights_zero_point);
      }
      sums.template Add<kTaps, kh>(values, weights);
    });
    T results[kNr];
    StoreEight(results, Requantize(sums.low, sums.high, vld1q_f32(block.scales), vld1q_f32(block.scales + 4),
                                   quantization.output));
    std::copy_n(results, std::min(kNr, channels - c), output + place.output_offset + c);
  }
}

template <int kTaps, typename T>
void DwconvNeonQ8(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                  const void* packed, T* output, const ConvQuantization<T>& quantization) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const auto* blocks = static_cast<const std::byte*>(packed);
  const Quantization<T> quantization_neon(quantization);
  ForEachTile<kTaps>(
      geometry, row_begin, row_end,
      [&](auto columns, const TilePlace& place) {
        Tile(columns, place, geometry, input, blocks, output, quantization_neon);
      },
      [&](TapRange columns, const TilePlace& place, int c_begin) {
        Pixel<kTaps>(columns, place, c_begin, geometry, input, blocks, output, quantization_neon);
      });
}

}  // namespace

void dwconv_qu8_3x3_neon(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                         const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  DwconvNeonQ8<3>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qu8_5x5_neon(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                         const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  DwconvNeonQ8<5>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_3x3_neon(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                         const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  DwconvNeonQ8<3>(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv_qs8_5x5_neon(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                         const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  DwconvNeonQ8<5>(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
