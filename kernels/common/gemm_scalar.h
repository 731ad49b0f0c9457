// The plain C++ matrix product behind the scalar kernels of pointwise and fully_connected: packed as
// pack_gemm.h says, in blocks of 8 channels, kr = 1. Each output is added up in the order of k in one
// accumulator, so it does not depend on which rows and channels are computed together.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {

// Rows computed together: 4 x 8 accumulators fill half of the 16 vector registers of SSE2 or ARMv7.
inline constexpr int kGemmScalarRows = 4;

// Rows that are multiplied by all weights together: of 64 x K inputs and one block of 8 x K weights (K up to
// 1024), the block stays in a first-level cache and both in a second-level one.
inline constexpr int kGemmScalarPassRows = 64;

// kRows x `channels` (at most 8) outputs.
template <int kRows>
inline void GemmScalarBlockF32(int channels, int k, const float* input, std::ptrdiff_t input_stride,
                               const float* block, float* output, std::ptrdiff_t output_stride,
                               const ClampF32& clamp) {
  constexpr int kNr = kGemmScalarTile.nr;
  float accumulators[kRows][kNr];
  for (int row = 0; row < kRows; ++row) {
    for (int j = 0; j < kNr; ++j) accumulators[row][j] = block[j];
  }
  const float* weights = block + kNr;  // (K, 8)
  for (int ik = 0; ik < k; ++ik) {
    for (int row = 0; row < kRows; ++row) {
      const float value = input[row * input_stride + ik];
      for (int j = 0; j < kNr; ++j) accumulators[row][j] += value * weights[j];
    }
    weights += kNr;
  }
  for (int row = 0; row < kRows; ++row) {
    for (int j = 0; j < channels; ++j) {
      output[row * output_stride + j] = Clamp(accumulators[row][j], clamp);
    }
  }
}

template <int kRows, typename T>
inline void GemmScalarBlockQ8(int channels, int k, const T* input, std::ptrdiff_t input_stride,
                              const std::byte* block, T* output, std::ptrdiff_t output_stride,
                              const ConvQuantization<T>& quantization) {
  constexpr int kNr = kGemmScalarTile.nr;
  const auto* bias = reinterpret_cast<const int32_t*>(block);
  const auto* scales = reinterpret_cast<const float*>(bias + kNr);
  const auto* weights = reinterpret_cast<const T*>(scales + kNr);  // (K, 8)
  int32_t accumulators[kRows][kNr] = {};
  for (int ik = 0; ik < k; ++ik) {
    // 16 bits hold the difference of two bytes, and compilers have a widening product of 16 bits.
    int16_t differences[kNr];
    for (int j = 0; j < kNr; ++j) {
      differences[j] = static_cast<int16_t>(weights[j] - quantization.weights_zero_point);
    }
    for (int row = 0; row < kRows; ++row) {
      const int16_t value = input[row * input_stride + ik];
      for (int j = 0; j < kNr; ++j) accumulators[row][j] += value * differences[j];
    }
    weights += kNr;
  }
  for (int row = 0; row < kRows; ++row) {
    for (int j = 0; j < channels; ++j) {
      output[row * output_stride + j] =
          Requantize(AddWrapping(accumulators[row][j], bias[j]), scales[j], quantization.output);
    }
  }
}

// compute(rows, m, n): `rows` (4 or 1, as a constant) rows from m, and the block of channels from n.
template <typename Compute>
inline void ForEachGemmScalarBlock(int m, int n, const Compute& compute) {
  for (int pass_begin = 0; pass_begin < m; pass_begin += kGemmScalarPassRows) {
    const int pass_end = std::min(m, pass_begin + kGemmScalarPassRows);
    for (int n_begin = 0; n_begin < n; n_begin += kGemmScalarTile.nr) {
      int row = pass_begin;
      for (; row + kGemmScalarRows <= pass_end; row += kGemmScalarRows) {
        compute(std::integral_constant<int, kGemmScalarRows>(), row, n_begin);
      }
      for (; row < pass_end; ++row) compute(std::integral_constant<int, 1>(), row, n_begin);
    }
  }
}

// output[m, n] = clamp(bias[n] + sum over k of input[m, k] * weights[n, k]); strides from row to row are in
// elements.
inline void GemmScalarF32(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                          const void* packed, float* output, std::ptrdiff_t output_stride,
                          const ClampF32& clamp) {
  constexpr int kNr = kGemmScalarTile.nr;
  const auto block_bytes = static_cast<std::ptrdiff_t>(PackedBlockBytesFloat<float>(k, kGemmScalarTile));
  ForEachGemmScalarBlock(m, n, [&](auto rows, int row, int n_begin) {
    const auto* block = static_cast<const std::byte*>(packed) + n_begin / kNr * block_bytes;
    GemmScalarBlockF32<rows>(std::min(kNr, n - n_begin), k, input + row * input_stride, input_stride,
                             reinterpret_cast<const float*>(block), output + row * output_stride + n_begin,
                             output_stride, clamp);
  });
}

template <typename T>
inline void GemmScalarQ8(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
                         T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr int kNr = kGemmScalarTile.nr;
  const auto block_bytes = static_cast<std::ptrdiff_t>(PackedBlockBytesQ8(k, kGemmScalarTile));
  ForEachGemmScalarBlock(m, n, [&](auto rows, int row, int n_begin) {
    const auto* block = static_cast<const std::byte*>(packed) + n_begin / kNr * block_bytes;
    GemmScalarBlockQ8<rows>(std::min(kNr, n - n_begin), k, input + row * input_stride, input_stride, block,
                            output + row * output_stride + n_begin, output_stride, quantization);
  });
}

}  // namespace mobilenet
