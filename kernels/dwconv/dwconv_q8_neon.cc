#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/gemm_q8_store_neon.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"

namespace mobilenet {
namespace {

constexpr int kNr = kDwconvNeonTileQ8.nr;
template <int kTaps>
constexpr size_t kBlockBytes = PackedHeaderBytes(kDwconvNeonTileQ8) +
                               (sizeof(int32_t) + sizeof(float) + kTaps * kTaps) * kNr;

// The sums of 8 channels, and how inputs, weights and padding are added to them. Padding is the input's zero
// point, whose products are folded into the bias.

// With int8, into which qu8 is turned: weights lie in [-127, 127].
struct PairSums {
  using Vector = int8x8_t;

  template <typename T>
  static Vector Signed(uint8x8_t bytes) {
    return vreinterpret_s8_u8(std::is_unsigned_v<T> ? veor_u8(bytes, vdup_n_u8(kSignedOffset<T>)) : bytes);
  }
  template <typename T>
  static Vector Padding(const ConvQuantization<T>& quantization) {
    return vdup_n_s8(static_cast<int8_t>(quantization.input_zero_point - kSignedOffset<T>));
  }
  template <typename T>
  static Vector Values(const T* values) {
    return Signed<T>(vld1_u8(reinterpret_cast<const uint8_t*>(values)));
  }
  template <typename T>
  static Vector Weights(const T* weights, uint8x8_t) {
    return vld1_s8(reinterpret_cast<const int8_t*>(weights));
  }

  // The taps of row kRow; rows are added in their order. Two products fit in 16 bits, 2 * 128 * 127 < 2^15,
  // so that the 9 taps of a 3x3 window are widened in 5 steps.
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
#if defined(__aarch64__)
    high = vaddw_high_s16(high, products);
#else
    high = vaddw_s16(high, vget_high_s16(products));
#endif
  }

  int32x4_t low;
  int32x4_t high;
  int16x8_t last = {};  // products that have not yet been added to the sums
};

// With uint8 and the weights' differences from their zero point, which have 9 bits.
struct WideSums {
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

enum class Kind {
  kOther,  // sums that are not small, as in dwconv.h
  kSmall,  // small sums, but the results may be large
  kQuick,  // small results, and RequantizeNeon::saturates
};
template <Kind kKind>
using KindOf = std::integral_constant<Kind, kKind>;

template <typename T, Kind kKind>
using SumsOf = std::conditional_t<kKind != Kind::kOther || std::is_signed_v<T>, PairSums, WideSums>;

// One block of packed weights.
template <typename T>
struct Block {
  explicit Block(const std::byte* packed)
      : bias(reinterpret_cast<const int32_t*>(packed + sizeof(PackedBlockHeader))),
        scales(reinterpret_cast<const float*>(bias + kNr)),
        weights(reinterpret_cast<const T*>(scales + kNr)) {}

  const int32_t* bias;
  const float* scales;
  const T* weights;  // (KH, KW, 8)
};

// ConvQuantization in vector registers.
template <typename T, Kind kKind>
struct Quantization {
  using Sums = SumsOf<T, kKind>;

  explicit Quantization(const ConvQuantization<T>& quantization)
      : padding(Sums::Padding(quantization)),
        weights_zero_point(vdup_n_u8(static_cast<uint8_t>(quantization.weights_zero_point))),
        output(quantization.output) {}

  // The results of two pixels.
  [[gnu::always_inline]] uint8x16_t Requantized(const Sums& first, const Sums& second,
                                                const float* scales) const {
    const float32x4_t low = vld1q_f32(scales);
    const float32x4_t high = vld1q_f32(scales + 4);
    if constexpr (kKind != Kind::kOther) {
      constexpr Results kResults = kKind == Kind::kQuick ? Results::kQuick : Results::kLarge;
      const auto results = [&](const Sums& sums) {
        return RequantizeSums<kResults>(SumsAsFloats(sums.low), SumsAsFloats(sums.high), low, high, output);
      };
      return ResultsToBytes<kResults, T>(results(first), results(second), output);
    } else {
      return AddZeroPoint(RequantizeLessZeroPoint(first.low, first.high, low, high, output),
                          RequantizeLessZeroPoint(second.low, second.high, low, high, output), output);
    }
  }

  typename Sums::Vector padding;
  uint8x8_t weights_zero_point;
  RequantizeNeon output;
};

// Adds all taps of a tile and 8 channels, a row of them after the other. offset: of tap (0, 0) of the first
// pixel in the input, outside of which it may lie; kAreRowsInside: all rows of taps lie inside
template <bool kAreRowsInside, typename T, Kind kKind, typename Columns>
[[gnu::always_inline]] inline void AddTaps(Columns columns, TapRange rows, const T* input,
                                           std::ptrdiff_t offset, std::ptrdiff_t row_stride,
                                           std::ptrdiff_t pixel_stride, const T* packed,
                                           const Quantization<T, kKind>& quantization,
                                           SumsOf<T, kKind> (&sums)[kTilePixels]) {
  using Sums = SumsOf<T, kKind>;
  using Vector = typename Sums::Vector;
  constexpr int kTaps = Columns::kTaps;
  Unroll<kTaps>([&](auto kh) {
    Vector weights[kTaps];
    Unroll<kTaps>([&](auto kw) {
      weights[kw] = Sums::Weights(packed + (kh * kTaps + kw) * kNr, quantization.weights_zero_point);
    });
    Vector values[columns.kCount];
    std::fill_n(values, columns.kCount, quantization.padding);
    if (kAreRowsInside || rows.Contains(kh)) {
      const T* row = input + (offset + kh * row_stride);
      Unroll<columns.kCount>([&](auto column) {
        if constexpr (columns.IsInside(column)) values[column] = Sums::Values(row + column * pixel_stride);
      });
    }
    Unroll<kTilePixels>(
        [&](auto pixel) { sums[pixel].template Add<kTaps, kh>(&values[pixel * columns.kStride], weights); });
  });
}

// The same for WideSums if the values of a row, 16 bits wide, and its weights do not fit in the registers all
// at once: each value is used up as soon as it is loaded. With a 5x5 window this takes 0.6 of the cycles,
// with a 3x3 window one more.
template <typename Columns>
[[gnu::always_inline]] inline void AddTapsByColumn(Columns columns, TapRange rows, const uint8_t* input,
                                                   std::ptrdiff_t offset, std::ptrdiff_t row_stride,
                                                   std::ptrdiff_t pixel_stride, const uint8_t* packed,
                                                   const Quantization<uint8_t, Kind::kOther>& quantization,
                                                   WideSums (&sums)[kTilePixels]) {
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
      weights[kw] = WideSums::Weights(packed + kw * kNr, quantization.weights_zero_point);
    });
    if (rows.Contains(kh)) {
      const uint8_t* row = input + (offset + kh * row_stride);
      add(weights, [&](auto column) {
        if constexpr (columns.IsInside(column)) return WideSums::Values(row + column * pixel_stride);
        return quantization.padding;
      });
    } else {
      add(weights, [&](auto) { return quantization.padding; });
    }
  }
}

template <Kind kKind, bool kAreRowsInside, typename T, int kTaps, int kStride, int kMissingLeft,
          int kMissingRight>
[[gnu::noinline]] void Tile(TileColumns<kTaps, kStride, kMissingLeft, kMissingRight> columns, TilePlace place,
                            const ConvGeometry& geometry, const T* input, const std::byte* packed, T* output,
                            Quantization<T, kKind> quantization) {
  using Sums = SumsOf<T, kKind>;
  const std::ptrdiff_t channels = geometry.output_channels;
  const std::ptrdiff_t row_stride = geometry.input_row_stride;
  const std::ptrdiff_t pixel_stride = geometry.input_pixel_stride;
  const std::ptrdiff_t output_stride = geometry.output_pixel_stride;
  for (std::ptrdiff_t c = 0; c + kNr <= channels; c += kNr, packed += kBlockBytes<kTaps>) {
    const Block<T> block(packed);
    Sums sums[kTilePixels];
    Unroll<kTilePixels>([&](auto pixel) {
      sums[pixel].low = vld1q_s32(block.bias);
      sums[pixel].high = vld1q_s32(block.bias + 4);
    });
    if constexpr (std::is_same_v<Sums, WideSums> && kTaps > 3) {
      AddTapsByColumn(columns, place.rows, input, place.input_offset + c, row_stride, pixel_stride,
                      block.weights, quantization, sums);
    } else {
      AddTaps<kAreRowsInside>(columns, place.rows, input, place.input_offset + c, row_stride, pixel_stride,
                              block.weights, quantization, sums);
    }
    Unroll<kTilePixels / 2>([&](auto i) {
      constexpr int pixel = i * 2;
      const uint8x16_t results = quantization.Requantized(sums[pixel], sums[pixel + 1], block.scales);
      auto* first = reinterpret_cast<uint8_t*>(output + place.output_offset + pixel * output_stride + c);
      vst1_u8(first, vget_low_u8(results));
      vst1_u8(first + output_stride, vget_high_u8(results));
    });
  }
}

template <int kTaps, typename T, Kind kKind>
void Pixel(TapRange columns, const TilePlace& place, int c_begin, const ConvGeometry& geometry,
           const T* input, const std::byte* packed, T* output, const Quantization<T, kKind>& quantization) {
  using Sums = SumsOf<T, kKind>;
  using Vector = typename Sums::Vector;
  const int channels = geometry.output_channels;
  for (int c = c_begin; c < channels; c += kNr) {
    const Block<T> block(packed + static_cast<size_t>(c / kNr) * kBlockBytes<kTaps>);
    Sums sums = {vld1q_s32(block.bias), vld1q_s32(block.bias + 4)};
    Unroll<kTaps>([&](auto kh) {
      Vector values[kTaps];
      Vector weights[kTaps];
      const T* row = input + (place.input_offset + kh * geometry.input_row_stride + c);
      for (int kw = 0; kw < kTaps; ++kw) {
        const bool is_inside = place.rows.Contains(kh) && columns.Contains(kw);
        values[kw] = is_inside ? Sums::Values(row + kw * geometry.input_pixel_stride) : quantization.padding;
        weights[kw] = Sums::Weights(block.weights + (kh * kTaps + kw) * kNr, quantization.weights_zero_point);
      }
      sums.template Add<kTaps, kh>(values, weights);
    });
    StoreFirst(reinterpret_cast<uint8_t*>(output + place.output_offset + c),
               vget_low_u8(quantization.Requantized(sums, sums, block.scales)), channels - c);
  }
}

template <int kTaps, typename T>
void DwconvNeonQ8(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                  const void* packed, T* output, const ConvQuantization<T>& quantization) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const auto compute = [&](auto kind, int c, const ConvGeometry& run, const std::byte* blocks) {
    const Quantization<T, kind> quantization_neon(quantization);
    ForEachTile<kTaps>(
        run, row_begin, row_end,
        [&](auto columns, const TilePlace& place) {
          // Tiles without a branch at each row are for most of the outputs alone, for the sake of their size.
          constexpr bool kHasOwn = kind != Kind::kOther && (kTaps == 3 || columns.kAreAllInside);
          if (kHasOwn && place.rows.Count() == kTaps) {
            Tile<kind, kHasOwn>(columns, place, run, input + c, blocks, output + c, quantization_neon);
          } else {
            Tile<kind, false>(columns, place, run, input + c, blocks, output + c, quantization_neon);
          }
        },
        [&](TapRange columns, const TilePlace& place, int c_begin) {
          Pixel<kTaps>(columns, place, c_begin, run, input + c, blocks, output + c, quantization_neon);
        });
  };
  const bool saturates = RequantizeNeon(quantization.output).saturates;
  ForEachRunOfBlocks(
      geometry, kBlockBytes<kTaps>, static_cast<const std::byte*>(packed),
      [&](const PackedBlockHeader& header, int c, const ConvGeometry& run, const std::byte* blocks) {
        if (!header.are_sums_small) {
          compute(KindOf<Kind::kOther>(), c, run, blocks);
        } else if (header.are_results_small && saturates) {
          compute(KindOf<Kind::kQuick>(), c, run, blocks);
        } else {
          compute(KindOf<Kind::kSmall>(), c, run, blocks);
        }
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
