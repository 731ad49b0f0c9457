// The quantised matrix product behind pointwise_q8_neon and fully_connected_q8_neon, without the dot product
// of later CPUs: products of 8 bits are added in pairs in 16 bits, eight lanes an instruction, and only every
// second of these long additions goes on to 32 bits, two lanes to one, which is the sum of one output.
//
// So a lane of four sums takes two inputs side by side of eight. Its weights are packed for that
// (PackForm::kTurned): the eight inputs are multiplied four times, turned by two from one time to the
// next, until each has been in the lanes of all four channels. To turn them costs two shifts, which
// Cortex-A72 does where it does not multiply, for a whole tile of channels. In return nothing has to be added
// up at the end, and sums of 16 channels fit in the registers for each of four rows.
//
// Two products must fit in 16 bits. They do in a block whose weights are signed (pack_q8.h), in [-127, 127].
// In any other, of qu8, 128 is subtracted from weights and inputs, [-128, 127], and two products lie in
// [-32512, 32768]: they are added to kPairStart.
#pragma once

#include <arm_neon.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/conv_quantization.h"
#include "kernels/common/gemm_q8_rows_neon.h"
#include "kernels/common/gemm_q8_store_neon.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/common/requantize_neon.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

inline constexpr int kPairsNr = kTurnedTile.nr;
inline constexpr int kPairsKr = kTurnedTile.kr;
inline constexpr int kTurns = 4;
inline constexpr int kTurnBytes = 16;   // of weights
inline constexpr int kPairsBlocks = 4;  // that are computed together

// -32512 - 256 and 32768 - 256 fit in 16 bits.
inline constexpr int16_t kPairStart = -256;

// The next of each half's four pairs in each pair's place.
inline int8x16_t Turn(int8x16_t values) {
  const uint64x2_t halves = vreinterpretq_u64_s8(values);
  return vreinterpretq_s8_u64(vsraq_n_u64(vshlq_n_u64(halves, 48), halves, 16));
}

// A block of packed weights.
struct PairsBlock {
  explicit PairsBlock(const std::byte* packed)
      : header(reinterpret_cast<const PackedBlockHeader*>(packed)),
        bias(reinterpret_cast<const int32_t*>(header + 1)),
        scales(reinterpret_cast<const float*>(bias + kPairsNr)),
        weights(reinterpret_cast<const int8_t*>(scales + kPairsNr)) {}

  const PackedBlockHeader* header;
  const int32_t* bias;
  const float* scales;
  const int8_t* weights;  // (K / 16, 4 turns, 2 halves, 4 channels, 2)
};

// The sums of kRows x kBlocks * 4 outputs. Up to 15 inputs of the last 16 lie behind the row, and meet
// weights that are their zero point.
template <bool kAreSigned, int kRows, int kBlocks>
inline void SumPairs(int k, const SignedRows& input, const std::byte* packed, size_t block_bytes,
                     int32x4_t (&sums)[kRows][kBlocks]) {
  const int8_t* rows[kRows];
  Unroll<kRows>([&](auto row) { rows[row] = input.values + row * input.stride; });
  const int8_t* weights[kBlocks];
  Unroll<kBlocks>([&](auto j) {
    const PairsBlock block(packed + j * block_bytes);
    weights[j] = block.weights;
    const int32x4_t bias = vld1q_s32(block.bias);
    Unroll<kRows>([&](auto row) { sums[row][j] = bias; });
  });
  const auto step = [&](auto has_high) {
    int8x16_t values[kRows];
    Unroll<kRows>([&](auto row) {
      values[row] = has_high ? vld1q_s8(rows[row]) : vcombine_s8(vld1_s8(rows[row]), vdup_n_s8(0));
      rows[row] += kPairsKr;
    });
    constexpr int kVectors = kTurns * kBlocks;
    const auto load = [&](int i) { return vld1q_s8(weights[i % kBlocks] + i / kBlocks * kTurnBytes); };
    int8x16_t next = load(0);
    Unroll<kVectors>([&](auto i) {
      constexpr int j = i % kBlocks;
      const int8x16_t vector = next;
      if constexpr (i + 1 < kVectors) next = load(i + 1);
      KeepOrder();
      int16x8_t pairs[kRows];
      Unroll<kRows>([&](auto row) {
        if constexpr (kAreSigned) {
          pairs[row] = vmull_s8(vget_low_s8(values[row]), vget_low_s8(vector));
        } else {
          pairs[row] = vmlal_s8(vdupq_n_s16(kPairStart), vget_low_s8(values[row]), vget_low_s8(vector));
        }
      });
      if constexpr (has_high) {
        Unroll<kRows>([&](auto row) {
#if defined(__aarch64__)
          pairs[row] = vmlal_high_s8(pairs[row], values[row], vector);
#else
          pairs[row] = vmlal_s8(pairs[row], vget_high_s8(values[row]), vget_high_s8(vector));
#endif
        });
      }
      Unroll<kRows>([&](auto row) {
        sums[row][j] = vpadalq_s16(sums[row][j], pairs[row]);
        if constexpr (j == kBlocks - 1 && i + 1 < kVectors) {
          values[row] = Turn(values[row]);
          if constexpr (row % 2 == 1) KeepOrder();
        }
      });
      KeepOrder();
    });
    Unroll<kBlocks>([&](auto j) { weights[j] += kTurns * kTurnBytes; });
  };
  for (; k > kPairsKr / 2; k -= kPairsKr) step(std::true_type());
  if (k > 0) step(std::false_type());
}

// What kPairStart adds to each sum.
inline int32_t SumOfPairStarts(int k) {
  return (k + kPairsKr - 1) / kPairsKr * kTurns * 2 * kPairStart;
}

// Sums to bytes in memory. eight: two vectors of sums and of scales to results as int16; sixteen: such
// results to bytes
template <int kRows, int kBlocks, typename T, typename Eight, typename Sixteen>
inline void StoreBlocks(const int32x4_t (&sums)[kRows][kBlocks], const std::byte* packed, size_t block_bytes,
                        T* output, std::ptrdiff_t output_stride, const Eight& eight, const Sixteen& sixteen) {
  static_assert(kBlocks == 2 || kBlocks == 4);
  float32x4_t scales[kBlocks];
  Unroll<kBlocks>([&](auto j) { scales[j] = vld1q_f32(PairsBlock(packed + j * block_bytes).scales); });
  int16x8_t results[kRows][kBlocks / 2];
  Unroll<kRows>([&](auto row) {
    Unroll<kBlocks / 2>([&](auto i) {
      constexpr int j = i * 2;
      results[row][i] = eight(sums[row][j], sums[row][j + 1], scales[j], scales[j + 1]);
    });
  });
  auto* bytes = reinterpret_cast<uint8_t*>(output);
  if constexpr (kBlocks == 4) {
    Unroll<kRows>(
        [&](auto row) { vst1q_u8(bytes + row * output_stride, sixteen(results[row][0], results[row][1])); });
  } else {
    Unroll<kRows / 2>([&](auto pair) {
      uint8_t* first = bytes + pair * 2 * output_stride;
      StoreHalves(first, first + output_stride, sixteen(results[pair * 2][0], results[pair * 2 + 1][0]));
    });
    if constexpr (kRows % 2 == 1) {
      const int16x8_t last = results[kRows - 1][0];
      vst1_u8(bytes + (kRows - 1) * output_stride, vget_low_u8(sixteen(last, last)));
    }
  }
}

// Of sums that are small. They are converted to floats, not read as such: a subtraction is no quicker on the
// CPUs without the dot product.
template <Results kResults, int kRows, int kBlocks, typename T>
inline void StoreSmallSums(const int32x4_t (&sums)[kRows][kBlocks], const std::byte* packed,
                           size_t block_bytes, const RequantizeNeon& requantize, T* output,
                           std::ptrdiff_t output_stride) {
  int32x4_t own_sums[kRows][kBlocks];
  Unroll<kRows>([&](auto row) { Unroll<kBlocks>([&](auto j) { own_sums[row][j] = Opaque(sums[row][j]); }); });
  StoreBlocks(
      own_sums, packed, block_bytes, output, output_stride,
      [&](int32x4_t low, int32x4_t high, float32x4_t scales_low, float32x4_t scales_high) {
        return RequantizeSums<kResults>(vcvtq_f32_s32(low), vcvtq_f32_s32(high), scales_low, scales_high,
                                        requantize);
      },
      [&](int16x8_t first, int16x8_t second) {
        return ResultsToBytes<kResults, T>(first, second, requantize);
      });
}

// kRows x kBlocks * 4 outputs of whatever blocks; of a single block, `channels` of the 4.
template <int kRows, int kBlocks, typename T>
[[gnu::noinline]] void ComputeOtherBlocks(int channels, int k, const SignedRows& input,
                                          const std::byte* packed, size_t block_bytes, T* output,
                                          std::ptrdiff_t output_stride,
                                          const ConvQuantization<T>& quantization) {
  int32x4_t sums[kRows][kBlocks];
  SumPairs<std::is_signed_v<T>>(k, input, packed, block_bytes, sums);
  if constexpr (std::is_unsigned_v<T>) {
    Unroll<kBlocks>([&](auto j) {
      const bool are_weights_signed = PairsBlock(packed + j * block_bytes).header->are_weights_signed;
      const int offset = are_weights_signed ? 0 : kSignedOffset<T> - quantization.weights_zero_point;
      Unroll<kRows>([&](auto row) {
        const int32_t others = input.sums[row] * offset - SumOfPairStarts(k);
        sums[row][j] = vaddq_s32(sums[row][j], vdupq_n_s32(others));
      });
    });
  }
  const RequantizeNeon requantize(quantization.output);
  const auto eight = [&](int32x4_t low, int32x4_t high, float32x4_t scales_low, float32x4_t scales_high) {
    return RequantizeLessZeroPoint(low, high, scales_low, scales_high, requantize);
  };
  const auto sixteen = [&](int16x8_t first, int16x8_t second) {
    return AddZeroPoint(first, second, requantize);
  };
  if constexpr (kBlocks > 1) {
    StoreBlocks(sums, packed, block_bytes, output, output_stride, eight, sixteen);
  } else {
    const float32x4_t scales = vld1q_f32(PairsBlock(packed).scales);
    Unroll<kRows>([&](auto row) {
      const int16x8_t results = eight(sums[row][0], sums[row][0], scales, scales);
      StoreFirst(reinterpret_cast<uint8_t*>(output + row * output_stride),
                 vget_low_u8(sixteen(results, results)), channels);
    });
  }
}

// kRows x n outputs. Aligned so that it lies in one page of memory. kSaturates: RequantizeNeon::saturates
template <bool kSaturates, int kRows, typename T>
[[gnu::flatten, gnu::noinline, gnu::aligned(2048)]] void GemmRowsQ8(int n, int k, const SignedRows& input,
                                                                    const std::byte* packed,
                                                                    size_t block_bytes, T* output,
                                                                    std::ptrdiff_t output_stride,
                                                                    const ConvQuantization<T>& quantization) {
  const RequantizeNeon requantize(quantization.output);
  int channels = n;
  const auto compute = [&](auto blocks) {
    constexpr int kBlocks = blocks;
    PackedBlockHeader all = *PairsBlock(packed).header;
    Unroll<kBlocks>([&](auto j) { all &= *PairsBlock(packed + j * block_bytes).header; });
    if (all.are_weights_signed && all.are_sums_small) {
      int32x4_t sums[kRows][kBlocks];
      SumPairs<true>(k, input, packed, block_bytes, sums);
      if (kSaturates && all.are_results_small) {
        StoreSmallSums<kSaturates ? Results::kQuick : Results::kLarge>(sums, packed, block_bytes, requantize,
                                                                       output, output_stride);
      } else {
        StoreSmallSums<Results::kLarge>(sums, packed, block_bytes, requantize, output, output_stride);
      }
    } else {
      ComputeOtherBlocks<kRows, kBlocks>(kBlocks * kPairsNr, k, input, packed, block_bytes, output,
                                         output_stride, quantization);
    }
    packed += kBlocks * block_bytes;
    output += kBlocks * kPairsNr;
    channels -= kBlocks * kPairsNr;
  };
  while (channels >= kPairsBlocks * kPairsNr) compute(std::integral_constant<int, kPairsBlocks>());
  if (channels >= 2 * kPairsNr) compute(std::integral_constant<int, 2>());
  for (; channels > 0; channels -= kPairsNr, packed += block_bytes, output += kPairsNr) {
    ComputeOtherBlocks<kRows, 1>(std::min(channels, kPairsNr), k, input, packed, block_bytes, output,
                                 output_stride, quantization);
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with kTurnedTile and the input's zero point in the bias; strides from row to row in elements.
template <int kMaxRows, typename T>
void GemmQ8(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed, T* output,
            std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  const size_t block_bytes = PackedBlockBytesQ8(k, kTurnedTile);
  ForEachSignedTile<kMaxRows>(m, n, k, kTurnedTile, kPairsBlocks, input, input_stride,
                              static_cast<const std::byte*>(packed), quantization,
                              [&](auto saturates, auto rows, const SignedRows& values,
                                  const std::byte* blocks, int row, int n_begin, int n_end) {
                                GemmRowsQ8<saturates, rows>(n_end - n_begin, k, values, blocks, block_bytes,
                                                            output + row * output_stride + n_begin,
                                                            output_stride, quantization);
                              });
}

}  // namespace
}  // namespace mobilenet
