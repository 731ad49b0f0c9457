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
#include <cstring>
#include <type_traits>

#include "kernels/common/conv_quantization.h"
#include "kernels/common/gemm_neon.h"
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

// kRows x `channels` outputs, at most 4 channels, of a block whose weights are signed or not.
template <bool kAreSigned, int kRows, typename T>
[[gnu::flatten, gnu::noinline]] void GemmTileQ8(int channels, int k, const T* input,
                                                std::ptrdiff_t input_stride, const std::byte* block,
                                                T* output, std::ptrdiff_t output_stride,
                                                const ConvQuantization<T>& quantization) {
  const auto* bias = reinterpret_cast<const int32_t*>(block + sizeof(PackedBlockHeader));
  const auto* scales = reinterpret_cast<const float*>(bias + kPairsNr);
  const auto* weights = reinterpret_cast<const int8_t*>(scales + kPairsNr);  // (K / 16, 4, 16)
  const uint8_t* rows[kRows];
  int32x4_t sums[kRows][kPairsNr];
  int32x4_t input_sums[kRows];  // where weights are not signed: of the inputs, spread over the lanes
  Unroll<kRows>([&](auto row) {
    rows[row] = reinterpret_cast<const uint8_t*>(input + row * input_stride);
    Unroll<kPairsNr>([&](auto j) { sums[row][j] = vdupq_n_s32(0); });
    input_sums[row] = vdupq_n_s32(0);
  });

  // Up to 15 inputs of the last step lie behind the row; they meet weights that are their zero point.
  const uint8x16_t offset = vdupq_n_u8(kSignedOffset<T>);
  for (int k_begin = 0; k_begin < k; k_begin += kPairsKr) {
    int8x16_t values[kRows];
    Unroll<kRows>([&](auto row) {
      const uint8x16_t bytes = vld1q_u8(rows[row]);
      values[row] = vreinterpretq_s8_u8(std::is_unsigned_v<T> ? veorq_u8(bytes, offset) : bytes);
      rows[row] += kPairsKr;
    });
    Unroll<kPairsNr>([&](auto j) {
      const int8x16_t vector = vld1q_s8(weights + j * kPairsKr);
      Unroll<kRows>([&](auto row) {
        sums[row][j] = vpadalq_s16(sums[row][j], PairsOfProducts<kAreSigned>(values[row], vector));
      });
    });
    if constexpr (!kAreSigned) {
      Unroll<kRows>(
          [&](auto row) { input_sums[row] = vpadalq_s16(input_sums[row], vpaddlq_s8(values[row])); });
    }
    weights += kPairsNr * kPairsKr;
  }

  const RequantizeNeon requantize(quantization.output);
  const float32x4_t scale = vld1q_f32(scales);
  int32x4_t totals[kRows];
  Unroll<kRows>([&](auto row) {
    totals[row] = vaddq_s32(SumsOfLanes(sums[row]), vld1q_s32(bias));
    if constexpr (!kAreSigned) {
      const int steps = (k + kPairsKr - 1) / kPairsKr;
      totals[row] = vaddq_s32(totals[row], vdupq_n_s32(-kPairStart * 8 * steps));
      totals[row] = vmlsq_n_s32(totals[row], SumOfLanes(input_sums[row]),
                                quantization.weights_zero_point - kSignedOffset<T>);
    }
  });
  uint8x8_t results[kRows];  // the lower 4
  Unroll<(kRows + 1) / 2>([&](auto pair) {
    constexpr int first = pair * 2;
    constexpr int second = first + 1 < kRows ? first + 1 : first;
    const int16x8_t both = Requantize(totals[first], totals[second], scale, scale, requantize);
    results[first] = vmovn_u16(vreinterpretq_u16_s16(both));
    if constexpr (second > first) results[second] = vext_u8(results[first], results[first], kPairsNr);
  });
  if (channels >= kPairsNr) {
    Unroll<kRows>([&](auto row) {
      const uint32_t four = vget_lane_u32(vreinterpret_u32_u8(results[row]), 0);
      std::memcpy(output + row * output_stride, &four, sizeof(four));
    });
  } else {
    Unroll<kRows>([&](auto row) {
      StoreFirst(reinterpret_cast<uint8_t*>(output + row * output_stride), results[row], channels);
    });
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kPairsNr, kPairsKr, PackForm::kSigned} and the input's zero point in the bias; strides from
// row to row in elements.
template <int kMaxRows, typename T>
void GemmQ8(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed, T* output,
            std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  const size_t block_bytes = PackedBlockBytesQ8(k, {kPairsNr, kPairsKr, PackForm::kSigned});
  ForEachGemmTile<kMaxRows>(m, n, kPairsNr, block_bytes, [&](auto rows, int row, int n_begin) {
    const auto* block =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(n_begin / kPairsNr) * block_bytes;
    const auto compute = [&](auto are_signed) {
      GemmTileQ8<are_signed, rows>(std::min(kPairsNr, n - n_begin), k, input + row * input_stride,
                                   input_stride, block, output + row * output_stride + n_begin, output_stride,
                                   quantization);
    };
    if constexpr (std::is_unsigned_v<T>) {
      if (!reinterpret_cast<const PackedBlockHeader*>(block)->are_weights_signed) {
        compute(std::false_type());
        return;
      }
    }
    compute(std::true_type());
  });
}

}  // namespace
}  // namespace mobilenet
