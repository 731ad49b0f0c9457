#include <algorithm>

#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv3x3/dwconv3x3.h"
#include "kernels/dwconv3x3/dwconv3x3_neon.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconv3x3NeonTile.nr;
constexpr int kWeights = kTaps * kTaps * kNr;
constexpr int kBlockBytes = (sizeof(int32_t) + sizeof(float)) * kNr + kWeights;

struct Sums {
  int32x4_t low;
  int32x4_t high;
};

// 8 channels of input and weights, and how three taps of a row are added up. What is padding has the input's
// zero point, whose products are folded into the bias.
template <typename T>
struct Arithmetic;

template <>
struct Arithmetic<int8_t> {
  explicit Arithmetic(const ConvQuantization<int8_t>& quantization)
      : padding(vdup_n_s8(quantization.input_zero_point)) {}

  static int8x8_t Values(const int8_t* values) { return vld1_s8(values); }
  int8x8_t Weights(const int8_t* weights) const { return vld1_s8(weights); }

  // Weights lie in [-127, 127]: two products fit in 16 bits, 2 * 128 * 127 < 2^15.
  static void Add(Sums& sums, const int8x8_t (&values)[kTaps], const int8x8_t (&weights)[kTaps]) {
    AddWide(sums, vmlal_s8(vmull_s8(values[0], weights[0]), values[1], weights[1]));
    AddWide(sums, vmull_s8(values[2], weights[2]));
  }
  static void AddWide(Sums& sums, int16x8_t products) {
    sums.low = vaddw_s16(sums.low, vget_low_s16(products));
    sums.high = vaddw_s16(sums.high, vget_high_s16(products));
  }

  int8x8_t padding;
};

template <>
struct Arithmetic<uint8_t> {
  explicit Arithmetic(const ConvQuantization<uint8_t>& quantization)
      : padding(vdupq_n_s16(quantization.input_zero_point)),
        weights_zero_point(vdup_n_u8(quantization.weights_zero_point)) {}

  static int16x8_t Values(const uint8_t* values) { return vreinterpretq_s16_u16(vmovl_u8(vld1_u8(values))); }
  int16x8_t Weights(const uint8_t* weights) const {
    return vreinterpretq_s16_u16(vsubl_u8(vld1_u8(weights), weights_zero_point));
  }

  static void Add(Sums& sums, const int16x8_t (&values)[kTaps], const int16x8_t (&weights)[kTaps]) {
    Unroll<kTaps>([&](auto kw) {
      sums.low = vmlal_s16(sums.low, vget_low_s16(values[kw]), vget_low_s16(weights[kw]));
      sums.high = vmlal_s16(sums.high, vget_high_s16(values[kw]), vget_high_s16(weights[kw]));
    });
  }

  int16x8_t padding;
  uint8x8_t weights_zero_point;
};

inline void Store(int8_t* output, int16x8_t values) {
  vst1_s8(output, vmovn_s16(values));
}
inline void Store(uint8_t* output, int16x8_t values) {
  vst1_u8(output, vmovn_u16(vreinterpretq_u16_s16(values)));
}

// One block of packed weights.
template <typename T>
struct Block {
  explicit Block(const std::byte* packed)
      : bias(reinterpret_cast<const int32_t*>(packed)),
        scales(reinterpret_cast<const float*>(bias + kNr)),
        weights(reinterpret_cast<const T*>(scales + kNr)) {}

  const int32_t* bias;
  const float* scales;
  const T* weights;  // (3, 3, 8)
};

template <typename T, int kStride, int kMissingLeft, int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const T* input, const std::byte* packed, T* output,
                            Arithmetic<T> arithmetic, RequantizeNeon requantize) {
  using Vector = decltype(arithmetic.padding);
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const Vector padding = arithmetic.padding;
  input += place.input_offset + place.rows.begin * row_stride;
  output += place.output_offset;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, packed += kBlockBytes) {
    const Block<T> block(packed);
    const auto load_weights = [&](int kh, Vector(&weights)[kTaps]) {
      Unroll<kTaps>(
          [&](auto kw) { weights[kw] = arithmetic.Weights(block.weights + (kh * kTaps + kw) * kNr); });
    };
    Sums bias = {vld1q_s32(block.bias), vld1q_s32(block.bias + 4)};
    Vector weights[kTaps];
    for (int kh = 0; kh < kTaps; ++kh) {
      if (place.rows.Contains(kh)) continue;
      load_weights(kh, weights);
      arithmetic.Add(bias, {padding, padding, padding}, weights);
    }
    Sums sums[kTilePixels];
    Unroll<kTilePixels>([&](auto pixel) { sums[pixel] = bias; });
    const T* row = input + c;
    for (int kh = place.rows.begin; kh < place.rows.end; ++kh) {
      load_weights(kh, weights);
      Vector values[columns.kCount];
      Unroll<columns.kCount>([&](auto column) {
        if constexpr (columns.IsInside(column)) {
          values[column] = arithmetic.Values(row + column * channels);
        } else {
          values[column] = padding;
        }
      });
      Unroll<kTilePixels>([&](auto pixel) {
        constexpr int kFirst = pixel * kStride;
        arithmetic.Add(sums[pixel], {values[kFirst], values[kFirst + 1], values[kFirst + 2]}, weights);
      });
      row += row_stride;
    }
    const float32x4_t scales_low = vld1q_f32(block.scales);
    const float32x4_t scales_high = vld1q_f32(block.scales + 4);
    Unroll<kTilePixels>([&](auto pixel) {
      Store(output + pixel * channels + c,
            Requantize(sums[pixel].low, sums[pixel].high, scales_low, scales_high, requantize));
    });
  }
}

template <typename T>
void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const T* input, const std::byte* packed, T* output, const Arithmetic<T>& arithmetic,
           const RequantizeNeon& requantize) {
  using Vector = decltype(arithmetic.padding);
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += kNr) {
    const Block<T> block(packed + c / kNr * kBlockBytes);
    Sums sums = {vld1q_s32(block.bias), vld1q_s32(block.bias + 4)};
    for (int kh = 0; kh < kTaps; ++kh) {
      Vector values[kTaps];
      Vector weights[kTaps];
      for (int kw = 0; kw < kTaps; ++kw) {
        const bool is_inside = place.rows.Contains(kh) && columns.Contains(kw);
        values[kw] = is_inside
                         ? arithmetic.Values(input + place.input_offset + kh * geometry.input_row_stride +
                                             std::ptrdiff_t{kw} * channels + c)
                         : arithmetic.padding;
        weights[kw] = arithmetic.Weights(block.weights + (kh * kTaps + kw) * kNr);
      }
      arithmetic.Add(sums, values, weights);
    }
    T results[kNr];
    Store(results,
          Requantize(sums.low, sums.high, vld1q_f32(block.scales), vld1q_f32(block.scales + 4), requantize));
    std::copy_n(results, std::min(kNr, channels - c), output + place.output_offset + c);
  }
}

template <typename T>
void Dwconv3x3NeonQ8(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                     const void* packed, T* output, const ConvQuantization<T>& quantization) {
  const auto* blocks = static_cast<const std::byte*>(packed);
  const Arithmetic<T> arithmetic(quantization);
  const RequantizeNeon requantize(quantization.output);
  ForEachTile(
      geometry, row_begin, row_end,
      [&](auto columns, const TilePlace& place) {
        Tile(columns, place, geometry, input, blocks, output, arithmetic, requantize);
      },
      [&](TapRange columns, const TilePlace& place, int c_begin) {
        Pixel(columns, place, c_begin, geometry, input, blocks, output, arithmetic, requantize);
      });
}

}  // namespace

void dwconv3x3_qu8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                        const void* packed, uint8_t* output, const ConvQuantization<uint8_t>& quantization) {
  Dwconv3x3NeonQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

void dwconv3x3_qs8_neon(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                        const void* packed, int8_t* output, const ConvQuantization<int8_t>& quantization) {
  Dwconv3x3NeonQ8(geometry, row_begin, row_end, input, packed, output, quantization);
}

}  // namespace mobilenet
