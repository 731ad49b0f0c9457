// What the quantised NEON matrix products have in common besides the order of their tiles: rows of inputs
// that are int8 whatever their type.
#pragma once

#include <arm_neon.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/common/conv_quantization.h"
#include "kernels/common/gemm_neon.h"
#include "kernels/common/gemm_q8_store_neon.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// Adds all 16 to the lanes of a sum.
inline int32x4_t AddUp(int32x4_t sum, int8x16_t values) {
#if defined(__ARM_FEATURE_DOTPROD)
  return vdotq_s32(sum, values, vdupq_n_s8(1));
#else
  return vpadalq_s16(sum, vpaddlq_s8(values));
#endif
}

// Copies kRows rows of k inputs of qu8 as int8, each followed by zeros up to a multiple of 16, and returns
// their sums.
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
      row_sums[row] = AddUp(row_sums[row], values);
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

// The rows of a tile. Up to 16 bytes behind each may be read.
struct SignedRows {
  const int8_t* values;
  std::ptrdiff_t stride;
  const int32_t* sums;  // of each row, for qu8
};

// compute(saturates, rows, values, blocks, row, n_begin, n_end) for tiles of `rows` rows from `row` by the
// channels [n_begin, n_end) of a panel of packed blocks, in which all but the last have a multiple of
// `blocks_at_once`. saturates: a constant, RequantizeNeon::saturates
template <int kMaxRows, typename T, typename Compute>
void ForEachSignedTile(int m, int n, int k, PackTile pack_tile, int blocks_at_once, const T* input,
                       std::ptrdiff_t input_stride, const std::byte* packed,
                       const ConvQuantization<T>& quantization, const Compute& compute) {
  const size_t block_bytes = PackedBlockBytesQ8(k, pack_tile);
  const int channels_at_once = pack_tile.nr * blocks_at_once;
  const size_t bytes_at_once = block_bytes * static_cast<size_t>(blocks_at_once);
  const bool saturates = RequantizeNeon(quantization.output).saturates;
  const auto compute_tile = [&](auto rows, const SignedRows& values, int row, int n_begin, int n_end) {
    const std::byte* blocks = packed + static_cast<size_t>(n_begin / pack_tile.nr) * block_bytes;
    if (saturates) {
      compute(std::true_type(), rows, values, blocks, row, n_begin, n_end);
    } else {
      compute(std::false_type(), rows, values, blocks, row, n_begin, n_end);
    }
  };
  if constexpr (std::is_signed_v<T>) {
    ForEachGemmPanel<kMaxRows>(
        m, n, channels_at_once, bytes_at_once, [&](auto rows, int row, int n_begin, int n_end) {
          compute_tile(rows, {input + row * input_stride, input_stride, nullptr}, row, n_begin, n_end);
        });
  } else {
    // The rows of a tile are converted to int8 once, for all channels of a panel.
    constexpr int kCopyBytes = kMaxGemmK + 15;
    alignas(16) int8_t copy[kCopyBytes];
    const int copy_stride = (k + 15) / 16 * 16;
    const int rows_at_once = kCopyBytes / copy_stride >= kMaxRows ? m : kCopyBytes / copy_stride;
    for (int begin = 0; begin < m; begin += rows_at_once) {
      ForEachGemmPanel<kMaxRows>(std::min(rows_at_once, m - begin), n, channels_at_once, bytes_at_once,
                                 [&](auto rows, int row, int n_begin, int n_end) {
                                   int32_t sums[rows];
                                   CopySigned<rows>(k, input + (begin + row) * input_stride, input_stride,
                                                    copy, copy_stride, sums);
                                   compute_tile(rows, {copy, copy_stride, sums}, begin + row, n_begin, n_end);
                                 });
    }
  }
}

}  // namespace
}  // namespace mobilenet
