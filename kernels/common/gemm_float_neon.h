// The float matrix product behind pointwise_f32_neon and fully_connected_f32_neon, and that of half floats
// behind pointwise_f16_neonfp16 and fully_connected_f16_neonfp16. Each output is added up in the order of k
// by the same operation in one accumulator, so it does not depend on the tile that contains it.
#pragma once

#include <algorithm>
#include <cstddef>
#include <type_traits>

#include "kernels/common/clamp.h"
#include "kernels/common/gemm_neon.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {
namespace {

// kRows x kNr outputs, where kNr = kVectors * kLanes is the nr of the packed weights.
// Neon: NeonF32, or NeonF16
template <typename Neon, int kRows, int kVectors>
[[gnu::flatten, gnu::noinline]] void GemmTile(int k, const typename Neon::Element* input,
                                              std::ptrdiff_t input_stride,
                                              const typename Neon::Element* block,
                                              typename Neon::Element* output, std::ptrdiff_t output_stride,
                                              const ClampF32& clamp) {
  using Element = typename Neon::Element;
  using Vector = typename Neon::Vector;
  constexpr int kLanes = Neon::kLanes;
  constexpr int kNr = kVectors * kLanes;
  Vector sums[kRows][kVectors];
  Unroll<kVectors>([&](auto j) {
    const Vector bias = Neon::Load(block + j * kLanes);
    Unroll<kRows>([&](auto row) { sums[row][j] = bias; });
  });
  const Element* weights = block + kNr;  // (K, nr)
  const Element* rows[kRows];
  Unroll<kRows>([&](auto row) { rows[row] = input + row * input_stride; });

  const auto multiply_add = [&](auto lane, const Vector(&values)[kRows]) {
    Unroll<kVectors>([&](auto j) {
      const Vector vector = Neon::Load(weights + j * kLanes);
      Unroll<kRows>([&](auto row) {
        sums[row][j] = Neon::template MultiplyAddLane<lane>(sums[row][j], vector, values[row]);
      });
    });
    weights += kNr;
  };
  int k_left = k;
  for (; k_left >= kLanes; k_left -= kLanes) {
    Vector values[kRows];  // kLanes consecutive inputs a row
    Unroll<kRows>([&](auto row) {
      values[row] = Neon::Load(rows[row]);
      rows[row] += kLanes;
    });
    Unroll<kLanes>([&](auto lane) { multiply_add(lane, values); });
  }
  for (; k_left > 0; --k_left) {
    Vector values[kRows];
    Unroll<kRows>([&](auto row) { values[row] = Neon::LoadToAll(rows[row]++); });
    multiply_add(std::integral_constant<int, 0>(), values);
  }

  const typename Neon::Limits limits(clamp);
  Unroll<kRows>([&](auto row) {
    Unroll<kVectors>([&](auto j) {
      Neon::Store(output + row * output_stride + j * kLanes, Neon::Clamped(sums[row][j], limits));
    });
  });
}

// output[m, n] = clamp(bias[n] + sum over k of input[m, k] * weights[n, k]), packed with {kVectors * kLanes,
// 1}; strides from row to row in elements.
template <typename Neon, int kMaxRows, int kVectors>
void GemmFloat(int m, int n, int k, const typename Neon::Element* input, std::ptrdiff_t input_stride,
               const void* packed, typename Neon::Element* output, std::ptrdiff_t output_stride,
               const ClampF32& clamp) {
  using Element = typename Neon::Element;
  constexpr int kNr = kVectors * Neon::kLanes;
  const size_t block_bytes = PackedBlockBytesFloat<Element>(k, {kNr, 1});
  ForEachGemmTile<kMaxRows>(m, n, kNr, block_bytes, [&](auto rows, int row, int n_begin) {
    const auto* block = reinterpret_cast<const Element*>(static_cast<const std::byte*>(packed) +
                                                         static_cast<size_t>(n_begin / kNr) * block_bytes);
    const Element* const inputs = input + row * input_stride;
    Element* const outputs = output + row * output_stride + n_begin;
    const int channels = n - n_begin;
    if (channels >= kNr) {
      GemmTile<Neon, rows, kVectors>(k, inputs, input_stride, block, outputs, output_stride, clamp);
    } else {
      Element whole[rows * kNr];
      GemmTile<Neon, rows, kVectors>(k, inputs, input_stride, block, whole, kNr, clamp);
      for (int i = 0; i < rows; ++i) std::copy_n(whole + i * kNr, channels, outputs + i * output_stride);
    }
  });
}

}  // namespace
}  // namespace mobilenet
