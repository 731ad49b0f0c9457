// The quantised matrix product behind pointwise_q8_neondot and fully_connected_q8_neondot, with the dot
// product of ARMv8.2: each 32-bit lane adds four products of 8 bits in one instruction.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "kernels/common/conv_quantization.h"
#include "kernels/common/gemm_q8_rows_neon.h"
#include "kernels/common/gemm_q8_store_neon.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/common/requantize_neon.h"

namespace mobilenet {
namespace {

inline constexpr int kDotKr = 4;  // products per lane

// In every lane: sum + dot(weights, input's lane kLane).
template <int kLane>
inline int32x4_t AddDot(int32x4_t sum, int8x16_t weights, int8x16_t input) {
#if defined(__aarch64__)
  return vdotq_laneq_s32(sum, weights, input, kLane);
#else
  return vdotq_lane_s32(sum, weights, kLane < 2 ? vget_low_s8(input) : vget_high_s8(input), kLane % 2);
#endif
}

// Of results or sums that are not small. sum_of_zero: at which the sums began
template <int kRows, int kVectors, typename T>
[[gnu::noinline]] void StoreOtherSums(const int32x4_t (&sums)[kRows][kVectors], int32_t sum_of_zero,
                                      const float* scales, int channels, T* output,
                                      std::ptrdiff_t output_stride, const QuantizedOutput<T>& quantization) {
  const RequantizeNeon requantize(quantization);
  const int32x4_t zero = vdupq_n_s32(sum_of_zero);
  uint8x16_t bytes[(kRows + 1) / 2][kVectors / 2];  // of two rows
  Unroll<kVectors / 2>([&](auto i) {
    const float32x4_t scales_low = vld1q_f32(scales + i * 8);
    const float32x4_t scales_high = vld1q_f32(scales + i * 8 + 4);
    const auto eight = [&](int row) {
      return RequantizeLessZeroPoint(vsubq_s32(sums[row][i * 2], zero), vsubq_s32(sums[row][i * 2 + 1], zero),
                                     scales_low, scales_high, requantize);
    };
    Unroll<(kRows + 1) / 2>([&](auto pair) {
      constexpr int first = pair * 2;
      bytes[pair][i] = AddZeroPoint(eight(first), eight(std::min(first + 1, kRows - 1)), requantize);
    });
  });
  StoreRows<kRows>(bytes, channels, reinterpret_cast<uint8_t*>(output), output_stride);
}

// kRows x n outputs. The blocks are a loop in here and not around it: a call takes a quarter as long as the
// products of a tile with 16 inputs. Aligned to lie in one page of memory. kSaturates:
// RequantizeNeon::saturates
template <bool kSaturates, int kRows, int kVectors, typename T>
[[gnu::flatten, gnu::noinline, gnu::aligned(2048)]] void GemmRowsQ8Dot(
    int n, int k, const SignedRows& input, const std::byte* packed, T* output, std::ptrdiff_t output_stride,
    const ConvQuantization<T>& quantization) {
  constexpr int kNr = kVectors * 4;
  const RequantizeNeon requantize(quantization.output);
  for (int channels = n; channels > 0; channels -= kNr, output += kNr) {
    const auto* header = reinterpret_cast<const PackedBlockHeader*>(packed);
    const auto* bias = reinterpret_cast<const int32_t*>(header + 1);
    const auto* scales = reinterpret_cast<const float*>(bias + kNr);
    const auto* weights = reinterpret_cast<const int8_t*>(scales + kNr);  // (K / 4, nr, 4)
    const int8_t* rows[kRows];
    int32x4_t sums[kRows][kVectors];
    Unroll<kRows>([&](auto row) {
      rows[row] = input.values + row * input.stride;
      const int32_t* row_bias = ReadAgain(bias);
      Unroll<kVectors>([&](auto j) { sums[row][j] = vld1q_s32(row_bias + j * 4); });
    });

    // kGroups groups of kDotKr inputs, which are the first in each vector.
    const auto step = [&](auto groups, const auto& load) {
      int8x16_t values[kRows];
      Unroll<kRows>([&](auto row) {
        values[row] = load(rows[row]);
        rows[row] += groups * kDotKr;
      });
      Unroll<groups>([&](auto lane) {
        Unroll<kVectors>([&](auto j) {
          const int8x16_t vector = vld1q_s8(weights + j * 16);
          Unroll<kRows>([&](auto row) { sums[row][j] = AddDot<lane>(sums[row][j], vector, values[row]); });
        });
        weights += kNr * kDotKr;
      });
    };
    int k_left = k;
    for (; k_left >= 16; k_left -= 16) step(std::integral_constant<int, 4>(), vld1q_s8);
    if (k_left >= 8) {
      step(std::integral_constant<int, 2>(),
           [](const int8_t* eight) { return vcombine_s8(vld1_s8(eight), vdup_n_s8(0)); });
      k_left -= 8;
    }
    for (; k_left > 0; k_left -= kDotKr) {
      // Up to 3 of the 4 lie behind the row; their weights are 0.
      step(std::integral_constant<int, 1>(), [](const int8_t* four) {
        int32_t group;
        std::memcpy(&group, four, sizeof(group));
        return vreinterpretq_s8_s32(vsetq_lane_s32(group, vdupq_n_s32(0), 0));
      });
    }

    if constexpr (std::is_unsigned_v<T>) {
      if (!header->are_weights_signed) {
        Unroll<kRows>([&](auto row) {
          const int offset = kSignedOffset<T> - quantization.weights_zero_point;
          const int32x4_t from_inputs = vdupq_n_s32(input.sums[row] * offset);
          Unroll<kVectors>([&](auto j) { sums[row][j] = vaddq_s32(sums[row][j], from_inputs); });
        });
      }
    }
    if (header->are_results_small) {
      constexpr Results kResults = kSaturates ? Results::kQuick : Results::kSmall;
      int16x8_t results[kRows][kVectors / 2];
      Unroll<kVectors / 2>([&](auto i) {
        const float32x4_t scales_low = vld1q_f32(scales + i * 8);
        const float32x4_t scales_high = vld1q_f32(scales + i * 8 + 4);
        Unroll<kRows>([&](auto row) {
          results[row][i] =
              RequantizeSums<kResults>(SumsAsFloats(sums[row][i * 2]), SumsAsFloats(sums[row][i * 2 + 1]),
                                       scales_low, scales_high, requantize);
        });
      });
      uint8x16_t bytes[(kRows + 1) / 2][kVectors / 2];  // of two rows
      Unroll<(kRows + 1) / 2>([&](auto pair) {
        Unroll<kVectors / 2>([&](auto i) {
          constexpr int first = pair * 2;
          bytes[pair][i] = ResultsToBytes<kResults, T>(
              results[first][i], results[std::min(first + 1, kRows - 1)][i], requantize);
        });
      });
      StoreRows<kRows>(bytes, channels, reinterpret_cast<uint8_t*>(output), output_stride);
    } else {
      int32x4_t all_sums[kRows][kVectors];
      Unroll<kRows>([&](auto row) { Unroll<kVectors>([&](auto j) { all_sums[row][j] = sums[row][j]; }); });
      StoreOtherSums(all_sums, header->are_sums_small ? kSumOfZero : 0, scales, channels, output,
                     output_stride, quantization.output);
    }
    packed = reinterpret_cast<const std::byte*>(weights);
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kVectors * 4, kDotKr, PackForm::kSignedSum} and the input's zero point in the bias; strides
// from row to row are in elements.
template <int kMaxRows, int kVectors, typename T>
void GemmQ8Dot(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
               T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr PackTile kTile = {kVectors * 4, kDotKr, PackForm::kSignedSum};
  ForEachSignedTile<kMaxRows>(m, n, k, kTile, 1, input, input_stride, static_cast<const std::byte*>(packed),
                              quantization,
                              [&](auto saturates, auto rows, const SignedRows& values,
                                  const std::byte* blocks, int row, int n_begin, int n_end) {
                                GemmRowsQ8Dot<saturates, rows, kVectors>(
                                    n_end - n_begin, k, values, blocks,
                                    output + row * output_stride + n_begin, output_stride, quantization);
                              });
}

}  // namespace
}  // namespace mobilenet
