// What the depthwise kernels with the dot product of ARMv8.2 share, whatever their window. The instruction
// adds four products per lane: a lane is a column of one channel, four rows of the input, zipped byte by
// byte.
#pragma once

#include <algorithm>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <iterator>
#include <type_traits>

#include "kernels/common/gemm_q8_store_neon.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_neon.h"
#include "kernels/dwconv/dwconv_rows.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

inline constexpr int kNr = kDwconvNeonDotTileQs8.nr;
inline constexpr int kKr = kDwconvNeonDotTileQs8.kr;
static_assert(kNr == kDwconvNeonDotTileQu8.nr && kKr == kDwconvNeonDotTileQu8.kr);
inline constexpr int kGroupBytes = kNr * kKr;  // of weights: four taps of a column
template <int kTaps>
inline constexpr int kGroups = (kTaps + kKr - 1) / kKr;  // in a column
template <int kTaps, typename T>
inline constexpr size_t kBlockBytes = sizeof(PackedBlockHeader) + (sizeof(int32_t) + sizeof(float)) * kNr
                                      + kTaps* kGroups<kTaps>* kGroupBytes*(std::is_unsigned_v<T> ? 2 : 1);

template <int kIndex>
using Index = std::integral_constant<int, kIndex>;

// What follows the header of a block of packed weights.
struct Block {
  Block() = default;
  explicit Block(const std::byte* packed)
      : bias(reinterpret_cast<const int32_t*>(packed + sizeof(PackedBlockHeader))),
        scales(reinterpret_cast<const float*>(bias + kNr)),
        weights(reinterpret_cast<const int8_t*>(scales + kNr)) {}

  const int32_t* bias;
  const float* scales;
  const int8_t* weights;  // (terms, KW, groups, 8, 4)
};

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
  // From two pairs of rows that have already been zipped.
  Taps(int16x8_t first, int16x8_t second) {
    const int16x8x2_t zipped = vzipq_s16(first, second);
    low = vreinterpretq_s8_s16(zipped.val[0]);
    high = vreinterpretq_s8_s16(zipped.val[1]);
  }
  explicit Taps(int8x16_t all) : low(all), high(all) {}
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

template <bool kIsCareful, typename T>
inline constexpr int kTermsOf = kIsCareful&& std::is_unsigned_v<T> ? 2 : 1;

// The sums of 8 channels.
struct Sums {
  int32x4_t low;
  int32x4_t high;
};

[[gnu::always_inline]] inline Sums AddTaps(const Sums& sums, const Taps& values, const Taps& weights) {
  return {vdotq_s32(sums.low, values.low, weights.low), vdotq_s32(sums.high, values.high, weights.high)};
}

// The bias, loaded each time.
[[gnu::always_inline]] inline Sums BeginSums(const int32_t* bias) {
  bias = ReadAgain(bias);
  return {vld1q_s32(bias), vld1q_s32(bias + 4)};
}

struct Scales {
  explicit Scales(const float* scales) : low(vld1q_f32(scales)), high(vld1q_f32(scales + 4)) {}

  float32x4_t low;
  float32x4_t high;
};

// A column of 8 channels, as int8: rows 0 and 1 zipped, 2 and 3, and so on.
template <int kPairs>
struct ColumnPairs {
  ColumnPairs() = default;
  explicit ColumnPairs(int8_t all) {
    Unroll<kPairs>([&](auto pair) { pairs[pair] = vreinterpretq_s16_s8(vdupq_n_s8(all)); });
  }

  int16x8_t pairs[kPairs];
};

// What 8 channels of kRows rows of outputs are computed from. T: of the inputs and outputs
template <int kTaps, int kRows, int kStride, typename T>
struct RowsOfBlock : DwconvRows<kTaps, T, kRows, kStride> {
  using Rows = DwconvRows<kTaps, T, kRows, kStride>;
  using Rows::channels;
  using Rows::input_width;
  using Rows::inputs;
  using Rows::kInputRows;
  using Rows::output_step;
  using Rows::outputs;
  using Rows::steps;
  using Column = ColumnPairs<(kInputRows + 1) / 2>;

  // zero_points: as long as what is read of a pixel
  RowsOfBlock(const ConvGeometry& geometry, int oh, int c, const T* input, const T* zero_points, T* output)
      : Rows(geometry, oh, c, input, zero_points, output),
        padding(static_cast<int8_t>(*zero_points - kSignedOffset<T>)) {}

  // To 8 channels further right.
  [[gnu::always_inline]] void MoveToNextBlock() {
    for (const T*& row : inputs) row += kNr;
    for (T*& row : outputs) row += kNr;
    channels -= kNr;
  }

  // From any column to this one of the input, at whose column 0 `first` is.
  [[gnu::always_inline]] void MoveToColumn(const RowsOfBlock& first, int column) {
    Unroll<kInputRows>([&](auto row) { inputs[row] = first.inputs[row] + column * steps[row]; });
  }

  bool IsInside(int column) const { return column >= 0 && column < input_width; }

  // The next column, or one of padding if `column` is not inside the input.
  [[gnu::always_inline]] Column Load() {
    int8x16_t values[kInputRows + 1];  // the first 8 are used: to load as many needs more instructions to zip
    Unroll<kInputRows>([&](auto row) {
      values[row] = vreinterpretq_s8_u8(vld1q_u8(reinterpret_cast<const uint8_t*>(inputs[row])));
      inputs[row] += steps[row];
    });
    values[kInputRows] = values[kInputRows - 1];  // any value: its weight is 0
    Column column;
    Unroll<(kInputRows + 1) / 2>([&](auto pair) {
      const int16x8_t zipped = Zip(values[pair * 2], values[pair * 2 + 1]);
      if constexpr (std::is_signed_v<T>) {
        column.pairs[pair] = zipped;
      } else {
        const uint8x16_t offset = vdupq_n_u8(kSignedOffset<T>);
        column.pairs[pair] = vreinterpretq_s16_u8(veorq_u8(vreinterpretq_u8_s16(zipped), offset));
      }
    });
    return column;
  }
  [[gnu::always_inline]] Column LoadOrPad(int column) { return IsInside(column) ? Load() : Column(padding); }

  // The next output of each row. kIsCareful: as in DwconvOfSmallSums
  template <bool kIsCareful>
  [[gnu::always_inline]] void Store(const Sums (&sums)[kRows], const Scales& scales,
                                    const RequantizeNeon& requantize) {
    constexpr Results kResults = kIsCareful ? Results::kLarge : Results::kQuick;
    int16x8_t results[kRows];
    Unroll<kRows>([&](auto row) {
      results[row] = RequantizeSums<kResults>(SumsAsFloats(sums[row].low), SumsAsFloats(sums[row].high),
                                              scales.low, scales.high, requantize);
    });
    static_assert(kRows <= 2);
    const uint8x16_t bytes = ResultsToBytes<kResults, T>(results[0], results[kRows - 1], requantize);
    auto* first = reinterpret_cast<uint8_t*>(outputs[0]);
    auto* last = reinterpret_cast<uint8_t*>(outputs[kRows - 1]);
    if constexpr (kIsCareful) {
      StoreFirst(first, vget_low_u8(bytes), channels);
      if constexpr (kRows > 1) StoreFirst(last, vget_high_u8(bytes), channels);
    } else if constexpr (kRows > 1) {
      StoreHalves(first, last, bytes);
    } else {
      vst1_u8(first, vget_low_u8(bytes));
    }
    Unroll<kRows>([&](auto row) { outputs[row] += output_step; });
  }

  int8_t padding;  // as int8
};

// Blocks whose sums are all small. kIsCareful: fewer than 8 channels may be written, results may be large,
// zero points odd, outputs clamped to less than the type holds, and weights of qu8 may have second terms
template <typename Kernel, bool kIsCareful, typename T>
void DwconvOfSmallSums(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                       const std::byte* blocks, T* output, T input_zero_point,
                       const RequantizeNeon& requantize) {
  constexpr int kTaps = Kernel::kTaps;
  // As many channels as a line of the cache holds, for all rows: the lines are read once.
  constexpr int kBlocks = 64 / kNr;
  T zero_points[kBlocks * kNr + 8];  // 16 are loaded for 8
  std::fill(std::begin(zero_points), std::end(zero_points), input_zero_point);
  typename Kernel::template Weights<kTermsOf<kIsCareful, T>> weights[kBlocks];
  for (int c = 0; c < geometry.output_channels; c += kBlocks * kNr) {
    const int count = std::min((geometry.output_channels - c + kNr - 1) / kNr, kBlocks);
    for (int i = 0; i < count; ++i) weights[i].Read(blocks + i * kBlockBytes<kTaps, T>);
    ForEachRows(geometry.stride, row_begin, row_end, [&](auto kRows, auto kStride, int oh) {
      RowsOfBlock<kTaps, kRows, kStride, T> rows(geometry, oh, c, input, zero_points, output);
      for (int i = 0; i < count; ++i, rows.MoveToNextBlock()) {
        Kernel::template Compute<kIsCareful>(rows, weights[i], requantize);
      }
    });
    blocks += count * kBlockBytes<kTaps, T>;
  }
}

// Kernel: a window, and how rows are computed with it:
//   kTaps             of a column of the window
//   Weights<kTerms>   of a block, after Read(block) as Compute takes them
//   Compute<kIsCareful>(rows, weights, requantize)  what a RowsOfBlock stands for
// other: the kernel without the dot product, for which blocks are packed whose sums are not small
template <typename Kernel, typename T, typename Other>
void DwconvNeonDot(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                   const void* packed, T* output, const ConvQuantization<T>& quantization,
                   const Other& other) {
  constexpr int kTaps = Kernel::kTaps;
  assert(geometry.kernel_height == kTaps && geometry.kernel_width == kTaps);
  const RequantizeNeon requantize(quantization.output);
  const auto compute = [&](const PackedBlockHeader& header, int c, ConvGeometry run,
                           const std::byte* blocks) {
    const int c_end = c + run.output_channels;
    if (!header.are_sums_small) {
      for (; c < c_end; c += kNr, blocks += kBlockBytes<kTaps, T>) {
        run.output_channels = std::min(kNr, c_end - c);
        other(run, row_begin, row_end, input + c, blocks, output + c, quantization);
      }
      return;
    }
    if (header.are_weights_signed && header.are_results_small && requantize.saturates) {
      run.output_channels -= run.output_channels % kNr;
      DwconvOfSmallSums<Kernel, false>(run, row_begin, row_end, input + c, blocks, output + c,
                                       quantization.input_zero_point, requantize);
      c += run.output_channels;
      blocks += run.output_channels / kNr * kBlockBytes<kTaps, T>;
      run.output_channels = c_end - c;
    }
    DwconvOfSmallSums<Kernel, true>(run, row_begin, row_end, input + c, blocks, output + c,
                                    quantization.input_zero_point, requantize);
  };
  ForEachRunOfBlocks(geometry, kBlockBytes<kTaps, T>, static_cast<const std::byte*>(packed), compute);
}

}  // namespace
}  // namespace mobilenet
