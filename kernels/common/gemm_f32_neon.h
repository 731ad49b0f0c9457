// The float matrix product behind pointwise_f32_neon and fully_connected_f32_neon. Each output is added up in
// the order of k by the same operation in one accumulator, so it does not depend on the tile that contains
// it.
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <type_traits>

#include "kernels/common/clamp.h"
#include "kernels/common/gemm_neon.h"
#include "kernels/common/neon_f32.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {
namespace {

// sum + weights * input[kLane]: fused on ARMv8, as in neon_f32.h
template <int kLane>
[[gnu::always_inline]] inline float32x4_t MultiplyAddLane(float32x4_t sum, float32x4_t weights,
                                                          float32x4_t input) {
#if defined(__aarch64__)
  return vfmaq_laneq_f32(sum, weights, input, kLane);
#else
  return vmlaq_lane_f32(sum, weights, kLane < 2 ? vget_low_f32(input) : vget_high_f32(input), kLane % 2);
#endif
}

// kRows x `channels` outputs, at most kVectors * 4 channels, which is the nr of the packed weights.
template <int kRows, int kVectors>
[[gnu::flatten, gnu::noinline]] void GemmTileF32(int channels, int k, const float* input,
                                                 std::ptrdiff_t input_stride, const float* block,
                                                 float* output, std::ptrdiff_t output_stride,
                                                 const ClampF32& clamp) {
  constexpr int kNr = kVectors * 4;
  float32x4_t sums[kRows][kVectors];
  Unroll<kVectors>([&](auto j) {
    const float32x4_t bias = vld1q_f32(block + j * 4);
    Unroll<kRows>([&](auto row) { sums[row][j] = bias; });
  });
  const float* weights = block + kNr;  // (K, nr)
  const float* rows[kRows];
  Unroll<kRows>([&](auto row) { rows[row] = input + row * input_stride; });

  const auto multiply_add = [&](auto lane, const float32x4_t(&values)[kRows]) {
    Unroll<kVectors>([&](auto j) {
      const float32x4_t vector = vld1q_f32(weights + j * 4);
      Unroll<kRows>(
          [&](auto row) { sums[row][j] = MultiplyAddLane<lane>(sums[row][j], vector, values[row]); });
    });
    weights += kNr;
  };
  int k_left = k;
  for (; k_left >= 4; k_left -= 4) {
    float32x4_t values[kRows];  // 4 consecutive inputs per row
    Unroll<kRows>([&](auto row) {
      values[row] = vld1q_f32(rows[row]);
      rows[row] += 4;
    });
    Unroll<4>([&](auto lane) { multiply_add(lane, values); });
  }
  for (; k_left > 0; --k_left) {
    float32x4_t values[kRows];
    Unroll<kRows>([&](auto row) { values[row] = vld1q_dup_f32(rows[row]++); });
    multiply_add(std::integral_constant<int, 0>(), values);
  }

  const ClampNeon clamp_neon(clamp);
  Unroll<kRows>(
      [&](auto row) { Unroll<kVectors>([&](auto j) { sums[row][j] = Clamp(sums[row][j], clamp_neon); }); });
  if (channels >= kNr) {
    Unroll<kRows>([&](auto row) {
      Unroll<kVectors>([&](auto j) { vst1q_f32(output + row * output_stride + j * 4, sums[row][j]); });
    });
  } else {
    Unroll<kRows>([&](auto row) {
      Unroll<kVectors>([&](auto j) {
        if (channels > j * 4) {
          StoreFirst(output + row * output_stride + j * 4, sums[row][j], channels - j * 4);
        }
      });
    });
  }
}

// output[m, n] = clamp(bias[n] + sum over k of input[m, k] * weights[n, k]), packed with {kVectors * 4, 1};
// strides from row to row are in elements.
template <int kMaxRows, int kVectors>
void GemmF32(int m, int n, int k, const float* input, std::ptrdiff_t input_stride, const void* packed,
             float* output, std::ptrdiff_t output_stride, const ClampF32& clamp) {
  constexpr int kNr = kVectors * 4;
  const size_t block_bytes = PackedBlockBytesF32(k, {kNr, 1});
  ForEachGemmTile<kMaxRows>(m, n, kNr, block_bytes, [&](auto rows, int row, int n_begin) {
    const auto* block =
        static_cast<const std::byte*>(packed) + static_cast<size_t>(n_begin / kNr) * block_bytes;
    GemmTileF32<rows, kVectors>(std::min(kNr, n - n_begin), k, input + row * input_stride, input_stride,
                                reinterpret_cast<const float*>(block), output + row * output_stride + n_begin,
                                output_stride, clamp);
  });
}

}  // namespace
}  // namespace mobilenet
