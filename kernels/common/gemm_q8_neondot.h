// The quantised matrix product behind pointwise_q8_neondot and fully_connected_q8_neondot, with the dot
// product of ARMv8.2: each 32-bit lane takes the sum of four products of 8 bits in one instruction.
#pragma once

#include <arm_neon.h>

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
namespace {

inline constexpr int kDotKr = 4;  // products a lane

// In every lane sum + dot(weights, input's lane kLane).
template <int kLane>
inline int32x4_t AddDot(int32x4_t sum, int8x16_t weights, int8x16_t input) {
#if defined(__aarch64__)
  return vdotq_laneq_s32(sum, weights, input, kLane);
#else
  return vdotq_lane_s32(sum, weights, kLane < 2 ? vget_low_s8(input) : vget_high_s8(input), kLane % 2);
#endif
}

// Copies kRows rows of k inputs of qu8 as int8, each followed by zeros up to a multiple of 16, and adds them
// up.
template <int kRows>
inline void CopySigned(int k, const uint8_t* input, std::ptrdiff_t input_stride, int8_t* copy,
                       std::ptrdiff_t copy_stride, int32_t* sums) {
  int32x4_t row_sums[kRows];
  Unroll<kRows>([&](auto row) { row_sums[row] = vdupq_n_s32(0); });
  const auto copy_column = [&](int i, uint8x16_t mask) {
    Unroll<kRows>([&](auto row) {
      const uint8x16_t bytes = vld1q_u8(input + row * input_stride + i);
      const int8x16_t values =
          vreinterpretq_s8_u8(vandq_u8(veorq_u8(bytes, vdupq_n_u8(kSignedOffset<uint8_t>)), mask));
      vst1q_s8(copy + row * copy_stride + i, values);
      row_sums[row] = vdotq_s32(row_sums[row], values, vdupq_n_s8(1));
    });
  };
  int i = 0;
  for (; i + 16 <= k; i += 16) copy_column(i, vdupq_n_u8(0xFF));
  if (i < k) {
    alignas(16) static constexpr uint8_t kIndices[16] = {0, 1, 2,  3,  4,  5,  6,  7,
                                                         8, 9, 10, 11, 12, 13, 14, 15};
    copy_column(i, vcltq_u8(vld1q_u8(kIndices), vdupq_n_u8(static_cast<uint8_t>(k - i))));
  }
  Unroll<kRows>([&](auto row) { sums[row] = vgetq_lane_s32(SumOfLanes(row_sums[row]), 0); });
}

// Of `sums` [rows, nr] that are not small.
template <int kNr, typename T>
[[gnu::noinline]] void StoreLargeSums(int rows, int channels, const int32_t* sums, const float* scales,
                                      T* output, std::ptrdiff_t output_stride,
                                      const QuantizedOutput<T>& quantization) {
  for (int row = 0; row < rows; ++row) {
    for (int j = 0; j < std::min(channels, kNr); ++j) {
      output[row * output_stride + j] = Requantize(sums[row * kNr + j], scales[j], quantization);
    }
  }
}

// kRows x n outputs. The blocks are a loop in here and not around it: a call takes a quarter as long as the
// products of a tile with 16 inputs. Aligned to lie in one page of memory. kSaturates:
// RequantizeNeon::saturates
template <bool kSaturates, int kRows, int kVectors, typename T>
[[gnu::flatten, gnu::noinline, gnu::aligned(2048)]] void GemmRowsQ8Dot(
    int n, int k, const int8_t* input, std::ptrdiff_t input_stride, const int32_t* input_sums,
    const std::byte* packed, T* output, std::ptrdiff_t output_stride,
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
      rows[row] = input + row * input_stride;
      const int32_t* row_bias = ReadAgain(bias);
      Unroll<kVectors>([&](auto j) { sums[row][j] = vld1q_s32(row_bias + j * 4); });
    });

    // kGroups groups of kDotKr inputs, which begin each vector.
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
      // Up to 3 of the 4 lie behind the row; they meet weights of 0.
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
          const int32x4_t from_inputs = vdupq_n_s32(input_sums[row] * offset);
          Unroll<kVectors>([&](auto j) { sums[row][j] = vaddq_s32(sums[row][j], from_inputs); });
        });
      }
    }
    if (header->are_sums_small) {
      int16x8_t results[kRows][kVectors / 2];
      Unroll<kVectors / 2>([&](auto i) {
        const float32x4_t scales_low = vld1q_f32(scales + i * 8);
        const float32x4_t scales_high = vld1q_f32(scales + i * 8 + 4);
        Unroll<kRows>([&](auto row) {
          results[row][i] =
              RequantizeSums(sums[row][i * 2], sums[row][i * 2 + 1], scales_low, scales_high, requantize);
          if constexpr (!kSaturates) results[row][i] = AddOdd(results[row][i], requantize);
        });
      });
      uint8x16_t bytes[(kRows + 1) / 2][kVectors / 2];  // of two rows
      Unroll<(kRows + 1) / 2>([&](auto pair) {
        Unroll<kVectors / 2>([&](auto i) {
          constexpr int first = pair * 2;
          bytes[pair][i] = Narrow<T>(results[first][i], results[std::min(first + 1, kRows - 1)][i]);
          if constexpr (!kSaturates) bytes[pair][i] = ClampBytes<T>(bytes[pair][i], requantize);
        });
      });
      StoreRows<kRows>(bytes, channels, reinterpret_cast<uint8_t*>(output), output_stride);
    } else {
      int32_t all_sums[kRows * kNr];
      Unroll<kRows>([&](auto row) {
        Unroll<kVectors>([&](auto j) { vst1q_s32(all_sums + row * kNr + j * 4, sums[row][j]); });
      });
      StoreLargeSums<kNr>(kRows, channels, all_sums, scales, output, output_stride, quantization.output);
    }
    packed = reinterpret_cast<const std::byte*>(weights);
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kVectors * 4, kDotKr, PackForm::kSignedSum} and the input's zero point in the bias; strides
// from row to row in elements.
template <int kMaxRows, int kVectors, typename T>
void GemmQ8Dot(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
               T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr int kNr = kVectors * 4;
  const size_t block_bytes = PackedBlockBytesQ8(k, {kNr, kDotKr, PackForm::kSignedSum});
  const bool output_saturates = RequantizeNeon(quantization.output).saturates;
  const auto multiply = [&](auto rows, int row, int n_begin, int n_end, const int8_t* values,
                            std::ptrdiff_t values_stride, const int32_t* input_sums) {
    const auto* block =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(n_begin / kNr) * block_bytes;
    const auto compute = [&](auto saturates) {
      GemmRowsQ8Dot<saturates, rows, kVectors>(n_end - n_begin, k, values, values_stride, input_sums, block,
                                               output + row * output_stride + n_begin, output_stride,
                                               quantization);
    };
    if (output_saturates) {
      compute(std::true_type());
    } else {
      compute(std::false_type());
    }
  };
  if constexpr (std::is_signed_v<T>) {
    ForEachGemmPanel<kMaxRows>(m, n, kNr, block_bytes, [&](auto rows, int row, int n_begin, int n_end) {
      multiply(rows, row, n_begin, n_end, input + row * input_stride, input_stride, nullptr);
    });
  } else {
    // The rows of a tile are made int8 once, for all the channels of a panel.
    constexpr int kCopyBytes = kMaxGemmK + 15;
    alignas(16) int8_t copy[kCopyBytes];
    const int copy_stride = (k + 15) / 16 * 16;
    const int rows_at_once = kCopyBytes / copy_stride >= kMaxRows ? m : kCopyBytes / copy_stride;
    for (int begin = 0; begin < m; begin += rows_at_once) {
      ForEachGemmPanel<kMaxRows>(std::min(rows_at_once, m - begin), n, kNr, block_bytes,
                                 [&](auto rows, int row, int n_begin, int n_end) {
                                   int32_t sums[rows];
                                   CopySigned<rows>(k, input + (begin + row) * input_stride, input_stride,
                                                    copy, copy_stride, sums);
                                   multiply(rows, begin + row, n_begin, n_end, copy, copy_stride, sums);
                                 });
    }
  }
}

}  // namespace
}  // namespace mobilenet
