// The quantised matrix product behind pointwise_q8_neon and fully_connected_q8_neon, without the dot product
// of later CPUs: products of 8 bits are added in pairs in 16 bits, eight lanes an instruction, and only every
// second of these long additions goes on to 32 bits. Each sum has a register of four lanes, added up at the
// end.
//
// Two products must fit in 16 bits. They do in a block whose weights are signed (pack_q8.h), in [-127, 127].
// In another, of qu8, weights and inputs are less 128, [-128, 127], and two products in [-32512, 32768]:
// they are added to kPairStart.
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

inline constexpr int kPairsNr = 4;
inline constexpr int kPairsKr = 16;

// -32512 - 256 and 32768 - 256 fit in 16 bits.
inline constexpr int16_t kPairStart = -256;

// Lane by lane input[i] * weights[i] + input[i + 8] * weights[i + 8], + kPairStart if not kAreSigned.
template <bool kAreSigned>
inline int16x8_t PairsOfProducts(int8x16_t input, int8x16_t weights) {
  int16x8_t products;
  if constexpr (kAreSigned) {
    products = vmull_s8(vget_low_s8(input), vget_low_s8(weights));
  } else {
    products = vmlal_s8(vdupq_n_s16(kPairStart), vget_low_s8(input), vget_low_s8(weights));
  }
#if defined(__aarch64__)
  return vmlal_high_s8(products, input, weights);
#else
  return vmlal_s8(products, vget_high_s8(input), vget_high_s8(weights));
#endif
}

// The sum of the lanes of each.
inline int32x4_t SumsOfLanes(const int32x4_t (&sums)[kPairsNr]) {
#if defined(__aarch64__)
  return vpaddq_s32(vpaddq_s32(sums[0], sums[1]), vpaddq_s32(sums[2], sums[3]));
#else
  int32x2_t pairs[kPairsNr];
  Unroll<kPairsNr>([&](auto j) { pairs[j] = vadd_s32(vget_low_s32(sums[j]), vget_high_s32(sums[j])); });
  return vcombine_s32(vpadd_s32(pairs[0], pairs[1]), vpadd_s32(pairs[2], pairs[3]));
#endif
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
  const int8_t* weights;  // (K / 16, 4, 16)
};

// The sums of kRows x 4 outputs. steps: of 16 inputs; up to 15 of the last lie behind the row, and meet
// weights that are their zero point. The first step begins the sums, which saves to clear them.
template <bool kAreSigned, int kRows>
inline void SumPairs(int steps, const SignedRows& input, const PairsBlock& block,
                     int32x4_t (&totals)[kRows]) {
  const int8_t* rows[kRows];
  Unroll<kRows>([&](auto row) { rows[row] = input.values + row * input.stride; });
  const int8_t* weights = block.weights;
  int32x4_t sums[kRows][kPairsNr];
  const auto step = [&](auto is_first) {
    int8x16_t values[kRows];
    Unroll<kRows>([&](auto row) {
      values[row] = vld1q_s8(rows[row]);
      rows[row] += kPairsKr;
    });
    Unroll<kPairsNr>([&](auto j) {
      const int8x16_t vector = vld1q_s8(weights + j * kPairsKr);
      Unroll<kRows>([&](auto row) {
        const int16x8_t pairs = PairsOfProducts<kAreSigned>(values[row], vector);
        sums[row][j] = is_first ? vpaddlq_s16(pairs) : vpadalq_s16(sums[row][j], pairs);
      });
    });
    weights += kPairsNr * kPairsKr;
  };
  step(std::true_type());
  for (int left = steps - 1; left > 0; --left) step(std::false_type());
  Unroll<kRows>([&](auto row) { totals[row] = vaddq_s32(SumsOfLanes(sums[row]), vld1q_s32(block.bias)); });
}

// Sums that are small to `channels` bytes, at most four, in each of kRows rows.
template <bool kSaturates, int kRows, typename T>
inline void StoreSmallSums(const int32x4_t (&totals)[kRows], const float* scales,
                           const RequantizeNeon& requantize, int channels, T* output,
                           std::ptrdiff_t output_stride) {
  constexpr int kPairs = (kRows + 1) / 2;
  const float32x4_t scale = vld1q_f32(scales);
  int16x8_t results[kPairs];
  Unroll<kPairs>([&](auto pair) {
    constexpr int second = std::min(pair * 2 + 1, kRows - 1);
    results[pair] = RequantizeSums(totals[pair * 2], totals[second], scale, scale, requantize);
    if constexpr (!kSaturates) results[pair] = AddOdd(results[pair], requantize);
  });
  uint8x16_t bytes = Narrow<T>(results[0], results[kPairs - 1]);
  if constexpr (!kSaturates) bytes = ClampBytes<T>(bytes, requantize);
  auto* first = reinterpret_cast<uint8_t*>(output);
  if (channels >= kPairsNr) {
    Unroll<kRows>([&](auto row) {
      auto* four = reinterpret_cast<uint32_t*>(first + row * output_stride);
      vst1q_lane_u32(four, vreinterpretq_u32_u8(bytes), row);
    });
  } else {
    uint8_t rows[16];
    vst1q_u8(rows, bytes);
    for (int row = 0; row < kRows; ++row) {
      std::copy_n(rows + row * kPairsNr, channels, first + row * output_stride);
    }
  }
}

// A block whose weights are not signed or whose sums are not small.
template <bool kSaturates, int kRows, typename T>
[[gnu::noinline]] void ComputeOtherBlock(int channels, int steps, const SignedRows& input,
                                         const PairsBlock& block, T* output, std::ptrdiff_t output_stride,
                                         const ConvQuantization<T>& quantization) {
  int32x4_t totals[kRows];
  if (std::is_signed_v<T> || block.header->are_weights_signed) {
    SumPairs<true>(steps, input, block, totals);
  } else {
    SumPairs<false>(steps, input, block, totals);
    const int offset = kSignedOffset<T> - quantization.weights_zero_point;
    Unroll<kRows>([&](auto row) {
      const int32_t others = input.sums[row] * offset - kPairStart * 8 * steps;
      totals[row] = vaddq_s32(totals[row], vdupq_n_s32(others));
    });
  }
  if (block.header->are_sums_small) {
    const RequantizeNeon requantize(quantization.output);
    StoreSmallSums<kSaturates>(totals, block.scales, requantize, channels, output, output_stride);
  } else {
    int32_t all_sums[kRows * kPairsNr];
    Unroll<kRows>([&](auto row) { vst1q_s32(all_sums + row * kPairsNr, totals[row]); });
    StoreLargeSums<kPairsNr>(kRows, channels, all_sums, block.scales, output, output_stride,
                             quantization.output);
  }
}

// kRows x n outputs. Aligned to lie in one page of memory. kSaturates: RequantizeNeon::saturates
template <bool kSaturates, int kRows, typename T>
[[gnu::flatten, gnu::noinline, gnu::aligned(2048)]] void GemmRowsQ8(int n, int k, const SignedRows& input,
                                                                    const std::byte* packed, T* output,
                                                                    std::ptrdiff_t output_stride,
                                                                    const ConvQuantization<T>& quantization) {
  const RequantizeNeon requantize(quantization.output);
  const int steps = (k + kPairsKr - 1) / kPairsKr;
  const size_t block_bytes = PackedBlockBytesQ8(k, {kPairsNr, kPairsKr, PackForm::kSignedSum});
  for (int channels = n; channels > 0; channels -= kPairsNr, output += kPairsNr, packed += block_bytes) {
    const PairsBlock block(packed);
    if (block.header->are_weights_signed && block.header->are_sums_small) {
      int32x4_t totals[kRows];
      SumPairs<true>(steps, input, block, totals);
      StoreSmallSums<kSaturates>(totals, block.scales, requantize, channels, output, output_stride);
    } else {
      ComputeOtherBlock<kSaturates, kRows>(channels, steps, input, block, output, output_stride,
                                           quantization);
    }
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kPairsNr, kPairsKr, PackForm::kSignedSum} and the input's zero point in the bias; strides from
// row to row in elements.
template <int kMaxRows, typename T>
void GemmQ8(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed, T* output,
            std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr PackTile kTile = {kPairsNr, kPairsKr, PackForm::kSignedSum};
  ForEachSignedTile<kMaxRows>(
      m, n, k, kTile, input, input_stride, static_cast<const std::byte*>(packed), quantization,
      [&](auto saturates, auto rows, const SignedRows& values, const std::byte* blocks, int row, int n_begin,
          int n_end) {
        GemmRowsQ8<saturates, rows>(n_end - n_begin, k, values, blocks,
                                    output + row * output_stride + n_begin, output_stride, quantization);
      });
}

}  // namespace
}  // namespace mobilenet
