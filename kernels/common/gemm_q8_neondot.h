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
template <int kLane>
inline uint32x4_t AddDot(uint32x4_t sum, uint8x16_t weights, uint8x16_t input) {
#if defined(__aarch64__)
  return vdotq_laneq_u32(sum, weights, input, kLane);
#else
  return vdotq_lane_u32(sum, weights, kLane < 2 ? vget_low_u8(input) : vget_high_u8(input), kLane % 2);
#endif
}

// The same on bytes that are unsigned or not as T is. Sums are modulo 2^32 either way.
template <typename T, int kLane>
inline int32x4_t AddDot(int32x4_t sum, uint8x16_t weights, uint8x16_t input) {
  if constexpr (std::is_signed_v<T>) {
    return AddDot<kLane>(sum, vreinterpretq_s8_u8(weights), vreinterpretq_s8_u8(input));
  } else {
    return vreinterpretq_s32_u32(AddDot<kLane>(vreinterpretq_u32_s32(sum), weights, input));
  }
}

// kRows x n outputs. The blocks are a loop in here and not around it: a call takes a quarter as long as the
// products of a tile with 16 inputs.
template <int kRows, int kVectors, typename T>
[[gnu::flatten, gnu::noinline]] void GemmRowsQ8Dot(int n, int k, const T* input, std::ptrdiff_t input_stride,
                                                   const std::byte* packed, T* output,
                                                   std::ptrdiff_t output_stride,
                                                   const ConvQuantization<T>& quantization) {
  constexpr int kNr = kVectors * 4;
  const RequantizeNeon requantize(quantization.output);
  for (int channels = n; channels > 0; channels -= kNr, output += kNr) {
    const auto* bias = reinterpret_cast<const int32_t*>(packed);
    const auto* scales = reinterpret_cast<const float*>(bias + kNr);
    const auto* weights = reinterpret_cast<const uint8_t*>(scales + kNr);  // (K / 4, nr, 4)
    const uint8_t* rows[kRows];
    int32x4_t sums[kRows][kVectors];
    uint32x4_t input_sums[kRows];  // qu8: of the inputs, spread over the lanes
    Unroll<kRows>([&](auto row) {
      rows[row] = reinterpret_cast<const uint8_t*>(input + row * input_stride);
      Unroll<kVectors>([&](auto j) { sums[row][j] = vld1q_s32(bias + j * 4); });
      input_sums[row] = vdupq_n_u32(0);
    });

    const auto multiply_add = [&](auto lane, const uint8x16_t(&values)[kRows]) {
      Unroll<kVectors>([&](auto j) {
        const uint8x16_t vector = vld1q_u8(weights + j * 16);
        Unroll<kRows>([&](auto row) { sums[row][j] = AddDot<T, lane>(sums[row][j], vector, values[row]); });
      });
      weights += kNr * kDotKr;
    };
    const auto add_inputs = [&](const uint8x16_t(&values)[kRows]) {
      if constexpr (std::is_unsigned_v<T>) {
        Unroll<kRows>(
            [&](auto row) { input_sums[row] = vdotq_u32(input_sums[row], values[row], vdupq_n_u8(1)); });
      }
    };
    // kGroups groups of kDotKr inputs, which begin each vector.
    const auto step = [&](auto groups, const auto& load) {
      uint8x16_t values[kRows];
      Unroll<kRows>([&](auto row) {
        values[row] = load(rows[row]);
        rows[row] += groups * kDotKr;
      });
      Unroll<groups>([&](auto lane) { multiply_add(lane, values); });
      add_inputs(values);
    };
    int k_left = k;
    for (; k_left >= 16; k_left -= 16) step(std::integral_constant<int, 4>(), vld1q_u8);
    if (k_left >= 8) {
      step(std::integral_constant<int, 2>(),
           [](const uint8_t* eight) { return vcombine_u8(vld1_u8(eight), vdup_n_u8(0)); });
      k_left -= 8;
    }
    for (; k_left > 0; k_left -= kDotKr) {
      // Up to 3 of the 4 lie behind the row; they meet weights that are their zero point.
      step(std::integral_constant<int, 1>(), [](const uint8_t* four) {
        uint32_t group;
        std::memcpy(&group, four, sizeof(group));
        return vreinterpretq_u8_u32(vsetq_lane_u32(group, vdupq_n_u32(0), 0));
      });
    }

    if constexpr (std::is_unsigned_v<T>) {
      Unroll<kRows>([&](auto row) {
        const int32x4_t input_sum = SumOfLanes(vreinterpretq_s32_u32(input_sums[row]));
        Unroll<kVectors>([&](auto j) {
          sums[row][j] = vmlsq_n_s32(sums[row][j], input_sum, quantization.weights_zero_point);
        });
      });
    }
    int16x8_t results[kRows][kVectors / 2];
    Unroll<kVectors / 2>([&](auto pair) {
      const float32x4_t scales_low = vld1q_f32(scales + pair * 8);
      const float32x4_t scales_high = vld1q_f32(scales + pair * 8 + 4);
      Unroll<kRows>([&](auto row) {
        results[row][pair] = RequantizeLessZeroPoint(sums[row][pair * 2], sums[row][pair * 2 + 1], scales_low,
                                                     scales_high, requantize);
      });
    });
    StoreRows(results, requantize, channels, reinterpret_cast<uint8_t*>(output), output_stride);
    packed = reinterpret_cast<const std::byte*>(weights);
  }
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kVectors * 4, kDotKr} and the input's zero point in the bias; strides from row to row in
// elements.
template <int kMaxRows, int kVectors, typename T>
void GemmQ8Dot(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
               T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr int kNr = kVectors * 4;
  const size_t block_bytes = PackedBlockBytesQ8(k, {kNr, kDotKr});
  ForEachGemmPanel<kMaxRows>(m, n, kNr, block_bytes, [&](auto rows, int row, int n_begin, int n_end) {
    const auto* block =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(n_begin / kNr) * block_bytes;
    GemmRowsQ8Dot<rows, kVectors>(n_end - n_begin, k, input + row * input_stride, input_stride, block,
                                  output + row * output_stride + n_begin, output_stride, quantization);
  });
}

}  // namespace
}  // namespace mobilenet
