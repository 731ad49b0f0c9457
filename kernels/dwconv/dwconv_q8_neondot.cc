// Depthwise 3x3 with the dot product of ARMv8.2, which adds four products per lane: a lane is a column of one
// channel, four rows of the input, zipped byte by byte. With stride 1 it serves two rows of outputs, with the
// weights (w0, w1, w2, 0) and (0, w0, w1, w2). Columns are read once from left to right: each is the last of
// one output, the middle one of the next, and the first of the one after that.
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

constexpr int kTaps = 3;
constexpr int kNr = kDwconvNeonDotTileQs8.nr;
constexpr int kKr = kDwconvNeonDotTileQs8.kr;
static_assert(kNr == kDwconvNeonDotTileQu8.nr && kKr == kDwconvNeonDotTileQu8.kr);
constexpr int kColumnBytes = kNr * kKr;  // of weights
template <typename T>
constexpr size_t kBlockBytes = sizeof(PackedBlockHeader) + (sizeof(int32_t) + sizeof(float)) * kNr
                               + kTaps* kColumnBytes*(std::is_unsigned_v<T> ? 2 : 1);

template <int kIndex>
using Index = std::integral_constant<int, kIndex>;

// a[0], b[0], a[1], b[1], ... a[7], b[7]
inline int16x8_t Zip(int8x16_t a, int8x16_t b) {
#if defined(__aarch64__)
  return vreinterpretq_s16_s8(vzip1q_s8(a, b));
#else
  const int8x8x2_t zipped = vzip_s8(vget_low_s8(a), vget_low_s8(b));
  return vreinterpretq_s16_s8(vcombine_s8(zipped.val[0], zipped.val[1]));
#endif
}

// Four taps of 8 channels, channel by channel: two vectors of four channels.
struct Taps {
  Taps() = default;
  explicit Taps(int8x16_t all) : low(all), high(all) {}
  // From two pairs of rows that have already been zipped.
  Taps(int16x8_t first, int16x8_t second) {
    const int16x8x2_t zipped = vzipq_s16(first, second);
    low = vreinterpretq_s8_s16(zipped.val[0]);
    high = vreinterpretq_s8_s16(zipped.val[1]);
  }
  explicit Taps(const int8_t* packed) : low(vld1q_s8(packed)), high(vld1q_s8(packed + 16)) {}

  // The first three are the last three.
  Taps Moved() const {
    Taps moved = *this;
    moved.low = vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(low), 8));
    moved.high = vreinterpretq_s8_u32(vshlq_n_u32(vreinterpretq_u32_s8(high), 8));
    return moved;
  }

  int8x16_t low;
  int8x16_t high;
};

// The sums of 8 channels.
struct Sums {
  int32x4_t low;
  int32x4_t high;
};

inline Sums AddTaps(const Sums& sums, const Taps& values, const Taps& weights) {
  return {vdotq_s32(sums.low, values.low, weights.low), vdotq_s32(sums.high, values.high, weights.high)};
}

// What 8 channels of kRows rows of outputs are computed from. T: of the inputs and outputs
template <int kRows, int kStride, typename T>
struct RowsOfBlock {
  static constexpr int kInputRows = kTaps + (kRows - 1) * kStride;
  static_assert(kInputRows <= kKr);

  // Rows outside the input are rows of padding, in which a step goes nowhere.
  const T* inputs[kInputRows];  // column 0
  std::ptrdiff_t steps[kInputRows];
  T* outputs[kRows];
  std::ptrdiff_t output_step;
  int input_width;
  int output_width;
  int pad_left;
  int stride;
  int channels;
};

// kIsCareful: fewer than 8 channels may be written, results may be large, zero points odd, outputs clamped to
// less than the type holds, and weights of qu8 may have second terms
template <int kRows, int kStride, bool kIsCareful, typename T>
[[gnu::flatten, gnu::noinline]] void ComputeRows(RowsOfBlock<kRows, kStride, T> rows, const std::byte* packed,
                                                 const RequantizeNeon& output_rule, int8_t input_padding) {
  constexpr int kInputRows = decltype(rows)::kInputRows;
  const auto* header = reinterpret_cast<const PackedBlockHeader*>(packed);
  const auto* packed_bias = reinterpret_cast<const int32_t*>(header + 1);
  const auto* scales = reinterpret_cast<const float*>(packed_bias + kNr);
  const auto* packed_weights = reinterpret_cast<const int8_t*>(scales + kNr);  // (KW, 8, 4)
  constexpr int kTerms = kIsCareful && std::is_unsigned_v<T> ? 2 : 1;
  // The taps of a column for each row of outputs. Weights are those of one row, moved down for the next.
  Taps weights[kRows][kTaps][kTerms];
  Unroll<kTaps>([&](auto kw) {
    Unroll<kTerms>([&](auto term) {
      weights[0][kw][term] = Taps(packed_weights + (term * kTaps + kw) * kColumnBytes);
      if constexpr (kRows == 2) weights[1][kw][term] = weights[0][kw][term].Moved();
    });
  });
  const auto add = [&](Sums(&sums)[kRows], auto kw, const Taps& taps) {
    Unroll<kRows>([&](auto row) {
      Unroll<kTerms>([&](auto term) { sums[row] = AddTaps(sums[row], taps, weights[row][kw][term]); });
    });
  };
  const auto begin = [&](Sums(&sums)[kRows], const Taps& taps) {
    Unroll<kRows>([&](auto row) {
      const int32_t* bias = ReadAgain(packed_bias);
      sums[row] = {vld1q_s32(bias), vld1q_s32(bias + 4)};
    });
    add(sums, Index<0>(), taps);
  };
  const float32x4_t scales_low = vld1q_f32(scales);
  const float32x4_t scales_high = vld1q_f32(scales + 4);
  const RequantizeNeon requantize = output_rule;
  const uint8x16_t offset = vdupq_n_u8(kSignedOffset<T>);

  // Those of the next column.
  const auto load = [&] {
    int8x16_t values[kKr];  // the first 8 are used: to load as many needs more instructions to zip them
    Unroll<kKr>([&](auto row) {
      if constexpr (row < kInputRows) {
        values[row] = vreinterpretq_s8_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(rows.inputs[row])));
        rows.inputs[row] += rows.steps[row];
      } else {
        values[row] = values[row - 1];  // any value: its weight is 0
      }
    });
    const auto zip = [&](int8x16_t a, int8x16_t b) {
      const int16x8_t zipped = Zip(a, b);
      if constexpr (std::is_signed_v<T>) return zipped;
      return vreinterpretq_s16_u8(veorq_u8(vreinterpretq_u8_s16(zipped), offset));
    };
    return Taps(zip(values[0], values[1]), zip(values[2], values[3]));
  };
  const Taps padding(vdupq_n_s8(input_padding));
  const auto load_or_pad = [&](int column) {
    return column >= 0 && column < rows.input_width ? load() : padding;
  };
  const auto store = [&](const Sums(&sums)[kRows]) {
    constexpr Results kResults = kIsCareful ? Results::kLarge : Results::kQuick;
    int16x8_t results[kRows];
    Unroll<kRows>([&](auto row) {
      results[row] = RequantizeSums<kResults>(SumsAsFloats(sums[row].low), SumsAsFloats(sums[row].high),
                                              scales_low, scales_high, requantize);
    });
    const uint8x16_t bytes = ResultsToBytes<kResults, T>(results[0], results[kRows - 1], requantize);
    auto* first = reinterpret_cast<uint8_t*>(rows.outputs[0]);
    auto* last = reinterpret_cast<uint8_t*>(rows.outputs[kRows - 1]);
    if constexpr (kIsCareful) {
      StoreFirst(first, vget_low_u8(bytes), rows.channels);
      if constexpr (kRows > 1) StoreFirst(last, vget_high_u8(bytes), rows.channels);
    } else if constexpr (kRows > 1) {
      StoreHalves(first, last, bytes);
    } else {
      vst1_u8(first, vget_low_u8(bytes));
    }
    Unroll<kRows>([&](auto row) { rows.outputs[row] += rows.output_step; });
  };

  int ow = 0;
  if constexpr (kStride == 1) {
    Sums sums[kTaps][kRows];
    // Ends an output whose sums are in `slot`.
    const auto step = [&](auto slot, const Taps& taps) {
      add(sums[slot], Index<2>(), taps);
      store(sums[slot]);
      add(sums[(slot + 1) % kTaps], Index<1>(), taps);
      begin(sums[(slot + 2) % kTaps], taps);
    };
    int column = -rows.pad_left;
    begin(sums[0], load_or_pad(column++));
    const Taps second = load_or_pad(column++);
    add(sums[0], Index<1>(), second);
    begin(sums[1], second);
    const auto step_at_border = [&] {
      step(Index<0>(), load_or_pad(column++));
      ++ow;
      Unroll<kRows>([&](auto row) {
        sums[0][row] = sums[1][row];
        sums[1][row] = sums[2][row];
      });
    };
    while (ow < rows.output_width) {
      for (; column >= 0 && ow + kTaps <= rows.output_width && column + kTaps <= rows.input_width;
           ow += kTaps, column += kTaps) {
        Unroll<kTaps>([&](auto slot) { step(slot, load()); });
      }
      if (ow < rows.output_width) step_at_border();
    }
  } else if constexpr (kStride == 2) {
    static_assert(kRows == 1);
    int column = -rows.pad_left;
    Sums sums[1];
    begin(sums, load_or_pad(column++));
    const auto step = [&](const Taps& middle, const Taps& last) {
      add(sums, Index<1>(), middle);
      add(sums, Index<2>(), last);
      store(sums);
      begin(sums, last);
      ++ow;
    };
    const auto step_at_border = [&] {
      const Taps middle = load_or_pad(column++);
      step(middle, load_or_pad(column++));
    };
    while (ow < rows.output_width) {
      for (; column >= 0 && ow < rows.output_width && column + 2 <= rows.input_width; column += 2) {
        const Taps middle = load();
        step(middle, load());
      }
      if (ow < rows.output_width) step_at_border();
    }
  } else {
    static_assert(kRows == 1);
    const RowsOfBlock<kRows, kStride, T> first = rows;
    for (; ow < rows.output_width; ++ow) {
      Sums sums[1] = {{vld1q_s32(packed_bias), vld1q_s32(packed_bias + 4)}};
      Unroll<kTaps>([&](auto kw) {
        const int column = ow * rows.stride - rows.pad_left + kw;
        Unroll<kInputRows>(
            [&](auto row) { rows.inputs[row] = first.inputs[row] + column * rows.steps[row]; });
        add(sums, kw, load_or_pad(column));
      });
      store(sums);
    }
  }
}

// Rows of outputs from `oh` on, block after block. kStride = 0: any stride
template <bool kIsCareful, int kRows, int kStride, typename T>
void ComputeBlocks(const ConvGeometry& geometry, int oh, const T* input, const std::byte* packed, T* output,
                   const ConvQuantization<T>& quantization, const RequantizeNeon& requantize) {
  using Rows = RowsOfBlock<kRows, kStride, T>;
  const int8_t input_padding = static_cast<int8_t>(quantization.input_zero_point - kSignedOffset<T>);
  T padding[16];  // as many as are loaded
  std::fill_n(padding, 16, quantization.input_zero_point);
  Rows rows;
  rows.output_step = geometry.output_pixel_stride;
  rows.input_width = geometry.input_width;
  rows.output_width = geometry.output_width;
  rows.pad_left = geometry.pad_left;
  rows.stride = geometry.stride;
  const int ih = oh * geometry.stride - geometry.pad_top;
  for (int c = 0; c < geometry.output_channels; c += kNr, packed += kBlockBytes<T>) {
    for (int row = 0; row < Rows::kInputRows; ++row) {
      const bool is_inside = ih + row >= 0 && ih + row < geometry.input_height;
      rows.inputs[row] = is_inside ? input + (ih + row) * geometry.input_row_stride + c : padding;
      rows.steps[row] = is_inside ? geometry.input_pixel_stride : 0;
    }
    for (int row = 0; row < kRows; ++row) {
      rows.outputs[row] = output + (oh + row) * geometry.output_row_stride + c;
    }
    rows.channels = geometry.output_channels - c;
    if (kIsCareful || rows.channels < kNr) {
      ComputeRows<kRows, kStride, true>(rows, packed, requantize, input_padding);
    } else {
      ComputeRows<kRows, kStride, false>(rows, packed, requantize, input_padding);
    }
  }
}

// Blocks whose sums are all small.
template <bool kIsCareful, typename T>
void DwconvOfSmallSums(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                       const std::byte* packed, T* output, const ConvQuantization<T>& quantization,
                       const RequantizeNeon& requantize) {
  const auto compute = [&](auto rows, auto stride, int oh) {
    ComputeBlocks<kIsCareful, rows, stride>(geometry, oh, input, packed, output, quantization, requantize);
  };
  int oh = row_begin;
  if (geometry.stride == 1) {
    for (; oh + 2 <= row_end; oh += 2) compute(Index<2>(), Index<1>(), oh);
    if (oh < row_end) compute(Index<1>(), Index<1>(), oh);
  } else if (geometry.stride == 2) {
    for (; oh < row_end; ++oh) compute(Index<1>(), Index<2>(), oh);
  } else {
    for (; oh < row_end; ++oh) compute(Index<1>(), Index<0>(), oh);
  }
}

template <typename T, typename Other>
void Dwconv(const ConvGeometry& geometry, int row_begin, int row_end, const T* input, const void* packed,
            T* output, const ConvQuantization<T>& quantization, const Other& other) {
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const RequantizeNeon requantize(quantization.output);
  const auto compute = [&](const PackedBlockHeader& header, int c, ConvGeometry run,
                           const std::byte* blocks) {
    if (!header.are_sums_small) {
      // Such blocks are packed for the kernel without the dot product.
      const int c_end = c + run.output_channels;
      for (; c < c_end; c += kNr, blocks += kBlockBytes<T>) {
        run.output_channels = std::min(kNr, c_end - c);
        other(run, row_begin, row_end, input + c, blocks, output + c, quantization);
      }
    } else if (header.are_weights_signed && header.are_results_small && requantize.saturates) {
      DwconvOfSmallSums<false>(run, row_begin, row_end, input + c, blocks, output + c, quantization,
                               requantize);
    } else {
      DwconvOfSmallSums<true>(run, row_begin, row_end, input + c, blocks, output + c, quantization,
                              requantize);
    }
  };
  ForEachRunOfBlocks(geometry, kBlockBytes<T>, static_cast<const std::byte*>(packed), compute);
}

}  // namespace

void dwconv_qu8_3x3_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const uint8_t* input,
                            const void* packed, uint8_t* output,
                            const ConvQuantization<uint8_t>& quantization) {
  Dwconv(geometry, row_begin, row_end, input, packed, output, quantization, dwconv_qu8_3x3_neon);
}

void dwconv_qs8_3x3_neondot(const ConvGeometry& geometry, int row_begin, int row_end, const int8_t* input,
                            const void* packed, int8_t* output,
                            const ConvQuantization<int8_t>& quantization) {
  Dwconv(geometry, row_begin, row_end, input, packed, output, quantization, dwconv_qs8_3x3_neon);
}

}  // namespace mobilenet
