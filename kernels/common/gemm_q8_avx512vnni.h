// The quantised matrix product behind pointwise_q8_avx512vnni and fully_connected_q8_avx512vnni, with the dot
// product of AVX-512 VNNI: each 32-bit lane adds four products of an unsigned and a signed byte. The inputs
// are the unsigned ones: those of qu8 unchanged, those of qs8 plus 128, in a copy of a tile's rows.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>
#include <utility>

#include "kernels/common/conv_quantization.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/common/pack_q8.h"
#include "kernels/common/requantize_avx512.h"
#include "kernels/common/unroll.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

inline constexpr int kVnniKr = 4;  // products per lane

// Weights that all rows are multiplied by before the next ones: they stay in the second-level cache.
inline constexpr size_t kVnniPanelBytes = 256 * 1024;

// The inputs of the rows of a tile, this many bytes from row to row. `sums` of a row: of all bytes that are
// multiplied, a multiple of kVnniKr, of which up to 3 may lie beyond the row, where weights are 0 less the
// offset of the whole block. Needed if a block's weights are not signed.
struct UnsignedRows {
  const uint8_t* values;
  std::ptrdiff_t stride;
  const int32_t* sums;
};

inline int RoundedK(int k) {
  return (k + kVnniKr - 1) / kVnniKr * kVnniKr;
}

// The lanes of the last `bytes` bytes, which are fewer than 64 and a multiple of 4.
inline __mmask16 LanesOf(std::ptrdiff_t bytes) {
  return static_cast<__mmask16>((1u << (bytes / 4)) - 1);
}

// The sum of this many bytes, a multiple of 4.
inline int32_t SumOfBytes(const uint8_t* values, int bytes) {
  const __m512i ones = _mm512_set1_epi8(1);
  __m512i sum = _mm512_setzero_si512();
  for (; bytes >= 64; bytes -= 64, values += 64) {
    sum = _mm512_dpbusd_epi32(sum, _mm512_loadu_si512(values), ones);
  }
  sum = _mm512_dpbusd_epi32(sum, _mm512_maskz_loadu_epi32(LanesOf(bytes), values), ones);
  alignas(64) int32_t lanes[kLanes];
  _mm512_store_si512(lanes, sum);
  int32_t total = 0;
  for (const int32_t lane : lanes) total += lane;
  return total;
}

// Each byte plus 128, for this many, a multiple of 4.
inline void CopyAsUnsigned(const int8_t* values, std::ptrdiff_t bytes, uint8_t* copy) {
  const __m512i highest_bit = _mm512_set1_epi8(-128);
  for (; bytes >= 64; bytes -= 64, values += 64, copy += 64) {
    _mm512_storeu_si512(copy, _mm512_xor_si512(_mm512_loadu_si512(values), highest_bit));
  }
  const __mmask16 lanes = LanesOf(bytes);
  const __m512i last = _mm512_maskz_loadu_epi32(lanes, values);
  _mm512_mask_storeu_epi32(copy, lanes, _mm512_xor_si512(last, highest_bit));
}

inline __m512i BroadcastFour(const uint8_t* values) {
  int32_t four;
  std::memcpy(&four, values, sizeof(four));
  return _mm512_set1_epi32(four);
}

// kRows rows by `channels` outputs, at most kVectors vectors of the kNr channels of a block. The outputs are
// bytes of either type. weights_offset: what is subtracted from the weights of qu8 that are not signed,
// besides their zero point
template <int kRows, int kVectors, int kNr>
[[gnu::noinline]] void TileQ8Vnni(int channels, int k, const UnsignedRows& input, const std::byte* block,
                                  uint8_t* output, std::ptrdiff_t output_stride, int weights_offset,
                                  const RequantizeAvx512& rule) {
  const auto* header = reinterpret_cast<const PackedBlockHeader*>(block);
  const auto* bias = reinterpret_cast<const int32_t*>(header + 1);
  const auto* scales = reinterpret_cast<const float*>(bias + kNr);
  const auto* weights = reinterpret_cast<const int8_t*>(scales + kNr);  // (K / 4, nr, 4)
  __m512i sums[kRows][kVectors];
  const uint8_t* rows[kRows];
  Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
    rows[row] = input.values + row * input.stride;
    Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      sums[row][j] = _mm512_loadu_si512(bias + j * kLanes);
    });
  });
  for (int ik = 0; ik < k; ik += kVnniKr, weights += kNr * kVnniKr) {
    __m512i vectors[kVectors];
    Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
      vectors[j] = _mm512_loadu_si512(weights + j * kLanes * kVnniKr);
    });
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
      const __m512i value = BroadcastFour(rows[row] + ik);
      Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
        sums[row][j] = _mm512_dpbusd_epi32(sums[row][j], value, vectors[j]);
      });
    });
  }
  if (!header->are_weights_signed) {
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
      const __m512i from_inputs = _mm512_set1_epi32(input.sums[row] * weights_offset);
      Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
        sums[row][j] = _mm512_add_epi32(sums[row][j], from_inputs);
      });
    });
  }
  Unroll<kVectors>([&](auto j) __attribute__((always_inline)) {
    const __m512 vector_scales = _mm512_loadu_ps(scales + j * kLanes);
    const int left = channels - j * kLanes;
    Unroll<kRows>([&](auto row) __attribute__((always_inline)) {
      const __m128i bytes = LowBytes(RequantizeToInt32(sums[row][j], vector_scales, rule));
      uint8_t* to = output + row * output_stride + j * kLanes;
      if (left >= kLanes) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to), bytes);
      } else if (left > 0) {
        _mm_mask_storeu_epi8(to, static_cast<__mmask16>((1u << left) - 1), bytes);
      }
    });
  });
}

using TileFunctionQ8Vnni = void(int channels, int k, const UnsignedRows& input, const std::byte* block,
                                uint8_t* output, std::ptrdiff_t output_stride, int weights_offset,
                                const RequantizeAvx512& rule);

// TileQ8Vnni of 1, 2, ... rows.
template <int kVectors, int kNr, int... kIndices>
constexpr std::array<TileFunctionQ8Vnni*, sizeof...(kIndices)> TilesQ8Vnni(
    std::integer_sequence<int, kIndices...>) {
  return {TileQ8Vnni<kIndices + 1, kVectors, kNr>...};
}

// output[m, n] = requantize(bias[n] + sum over k of input[m, k] * (weights[n, k] - weights_zero_point)),
// packed with {kNr, kVnniKr, PackForm::kUnsignedInputs}; strides from row to row are in elements.
template <int kMaxRows, int kNr, typename T>
void GemmQ8Vnni(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
                T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization) {
  constexpr PackTile kTile = {kNr, kVnniKr, PackForm::kUnsignedInputs};
  constexpr int kVectors = kNr / kLanes;
  static constexpr auto kTiles = TilesQ8Vnni<kVectors, kNr>(std::make_integer_sequence<int, kMaxRows>());
  // For the last block if half of it is empty.
  static constexpr auto kHalfTiles =
      TilesQ8Vnni<kVectors / 2, kNr>(std::make_integer_sequence<int, kMaxRows>());
  constexpr bool kCopies = std::is_signed_v<T>;
  const size_t block_bytes = PackedBlockBytesQ8(k, kTile);
  const auto* blocks = static_cast<const std::byte*>(packed);
  const RequantizeAvx512 rule(quantization.output);
  const int weights_offset = kSignedOffset<T> - quantization.weights_zero_point;
  const int bytes = RoundedK(k);
  bool wants_sums = false;
  if constexpr (!kCopies) {
    for (int block = 0; block < (n + kNr - 1) / kNr; ++block) {
      const std::byte* header = blocks + static_cast<size_t>(block) * block_bytes;
      wants_sums = wants_sums || !reinterpret_cast<const PackedBlockHeader*>(header)->are_weights_signed;
    }
  }

  alignas(64) uint8_t copies[kCopies ? kMaxGemmK + 2 * kVnniKr : 1];
  // Rows without gaps between them are copied at once.
  const bool is_dense = input_stride == k;
  const std::ptrdiff_t copy_stride = is_dense ? k : bytes;
  int32_t sums[kMaxRows];
  const int max_rows =
      kCopies ? std::min<int>(kMaxRows, sizeof(copies) / static_cast<size_t>(bytes)) : kMaxRows;
  const int tiles = (m + max_rows - 1) / max_rows;
  const int panel = kNr * static_cast<int>(std::max<size_t>(1, kVnniPanelBytes / block_bytes));
  for (int panel_begin = 0; panel_begin < n; panel_begin += panel) {
    const int panel_end = std::min(n, panel_begin + panel);
    int row = 0;
    for (int tile = 0; tile < tiles; ++tile) {
      // Tiles differ by one row at most: a single row takes as long as several, with so few independent sums.
      const int rows = m / tiles + (tile < m % tiles ? 1 : 0);
      const T* values = input + row * input_stride;
      UnsignedRows unsigned_rows{};
      if constexpr (kCopies) {
        if (is_dense) {
          CopyAsUnsigned(values, ((rows - 1) * copy_stride + bytes + 3) / 4 * 4, copies);
        } else {
          for (int i = 0; i < rows; ++i)
            CopyAsUnsigned(values + i * input_stride, bytes, copies + i * copy_stride);
        }
        unsigned_rows = {copies, copy_stride, nullptr};
      } else {
        for (int i = 0; i < rows && wants_sums; ++i) sums[i] = SumOfBytes(values + i * input_stride, bytes);
        unsigned_rows = {reinterpret_cast<const uint8_t*>(values), input_stride, sums};
      }
      for (int channel = panel_begin; channel < panel_end; channel += kNr) {
        const int channels = std::min(kNr, n - channel);
        const auto& functions = channels > kNr / 2 ? kTiles : kHalfTiles;
        functions[static_cast<size_t>(rows - 1)](
            channels, k, unsigned_rows, blocks + static_cast<size_t>(channel / kNr) * block_bytes,
            reinterpret_cast<uint8_t*>(output) + row * output_stride + channel, output_stride, weights_offset,
            rule);
      }
      row += rows;
    }
  }
}

}  // namespace
}  // namespace mobilenet
