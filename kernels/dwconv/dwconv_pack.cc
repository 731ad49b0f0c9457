#include <algorithm>
#include <cassert>

#include "kernels/common/pack_gemm.h"
#include "kernels/common/pack_q8.h"
#include "kernels/dwconv/dwconv.h"

namespace mobilenet {
namespace {

int Taps(const ConvGeometry& geometry) {
  return geometry.kernel_height * geometry.kernel_width;
}

int RoundUp(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// The taps of a channel, including those that fill up the groups, and second terms.
int PackedTaps(const ConvGeometry& geometry, PackTile tile) {
  return geometry.kernel_width * RoundUp(geometry.kernel_height, tile.kr) *
         (tile.form == PackForm::kTermsSum ? 2 : 1);
}

constexpr int kMaxNr = 16;  // for quantised blocks

size_t BlockBytes(PackTile tile, size_t bytes_per_channel) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return tile.nr * bytes_per_channel;
}

size_t Blocks(int channels, PackTile tile) {
  return static_cast<size_t>((channels + tile.nr - 1) / tile.nr);
}

// The weights of channels c_begin ... + nr less `offset`, as [KH, KW, nr], `fill` beyond C.
template <typename T, typename Packed>
void PackBlock(int c_begin, const ConvGeometry& geometry, const T* weights, T fill, T offset, int nr,
               Packed* packed) {
  const int channels = geometry.output_channels;
  for (int tap = 0; tap < Taps(geometry); ++tap) {
    for (int c = c_begin; c < c_begin + nr; ++c) {
      const T weight = c < channels ? weights[std::ptrdiff_t{tap} * channels + c] : fill;
      *packed++ = Packed(static_cast<T>(weight - offset));
    }
  }
}

// The largest number that is the sum of two int8.
constexpr int kLargestTerms = 254;

// term(weight) of the weights less their zero point, in groups of taps of a column, 0 beyond C and KH.
template <typename T, typename Term>
T* PackColumns(int c_begin, const ConvGeometry& geometry, const T* weights, T zero_point, PackTile tile,
               const Term& term, T* packed) {
  const int channels = geometry.output_channels;
  for (int kw = 0; kw < geometry.kernel_width; ++kw) {
    for (int kh_begin = 0; kh_begin < geometry.kernel_height; kh_begin += tile.kr) {
      for (int c = c_begin; c < c_begin + tile.nr; ++c) {
        for (int kh = kh_begin; kh < kh_begin + tile.kr; ++kh) {
          const bool is_inside = c < channels && kh < geometry.kernel_height;
          const std::ptrdiff_t tap = std::ptrdiff_t{kh} * geometry.kernel_width + kw;
          *packed++ = static_cast<T>(is_inside ? term(weights[tap * channels + c] - zero_point) : 0);
        }
      }
    }
  }
  return packed;
}

}  // namespace

template <typename T>
size_t PackedBlockBytesDwconvFloat(const ConvGeometry& geometry, PackTile tile) {
  return BlockBytes(tile, static_cast<size_t>(1 + PackedTaps(geometry, tile)) * sizeof(T));
}
size_t PackedBlockBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile) {
  return PackedHeaderBytes(tile) +
         BlockBytes(tile, sizeof(int32_t) + sizeof(float) + static_cast<size_t>(PackedTaps(geometry, tile)));
}

template <typename T>
size_t PackedBytesDwconvFloat(const ConvGeometry& geometry, PackTile tile) {
  return Blocks(geometry.output_channels, tile) * PackedBlockBytesDwconvFloat<T>(geometry, tile);
}
size_t PackedBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile) {
  return Blocks(geometry.output_channels, tile) * PackedBlockBytesDwconvQ8(geometry, tile);
}

template <typename T>
void PackDwconvFloat(const ConvGeometry& geometry, const float* weights, const float* bias, PackTile tile,
                     void* packed) {
  const int channels = geometry.output_channels;
  auto* block = static_cast<T*>(packed);
  for (int c_begin = 0; c_begin < channels; c_begin += tile.nr) {
    for (int j = 0; j < tile.nr; ++j) block[j] = T(c_begin + j < channels ? bias[c_begin + j] : 0.0f);
    PackBlock(c_begin, geometry, weights, 0.0f, 0.0f, tile.nr, block + tile.nr);
    block += PackedBlockBytesDwconvFloat<T>(geometry, tile) / sizeof(T);
  }
}

template <typename T>
void PackDwconvQ8(const ConvGeometry& geometry, const T* weights, const int32_t* bias, const float* scales,
                  T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  const int channels = geometry.output_channels;
  const int taps = Taps(geometry);
  assert(taps <= kMaxGemmK);
  const bool is_plain = tile.form == PackForm::kPlain;
  assert(tile.kr == 1 || !is_plain);
  auto* block = static_cast<std::byte*>(packed);
  for (int c_begin = 0; c_begin < channels;
       c_begin += tile.nr, block += PackedBlockBytesDwconvQ8(geometry, tile)) {
    const int c_end = std::min(channels, c_begin + tile.nr);
    auto* block_bias = reinterpret_cast<int32_t*>(block + PackedHeaderBytes(tile));
    auto* block_scales = reinterpret_cast<float*>(block_bias + tile.nr);
    auto* block_weights = reinterpret_cast<T*>(block_scales + tile.nr);
    std::fill(block, block + PackedBlockBytesDwconvQ8(geometry, tile), std::byte{0});
    ChannelWeights sums[kMaxNr];
    assert(tile.nr <= kMaxNr);
    PackedBlockHeader header = {1, 1, 1, 0};
    bool are_terms = tile.form == PackForm::kTermsSum;
    for (int c = c_begin; c < c_end; ++c) {
      ChannelWeights& channel = sums[c - c_begin];
      for (int tap = 0; tap < taps; ++tap) {
        const int weight = weights[std::ptrdiff_t{tap} * channels + c] - weights_zero_point;
        channel.Add(weight);
        are_terms = are_terms && weight <= kLargestTerms;
      }
      const int64_t largest = channel.LargestSum(bias[c], input_zero_point);
      header.are_weights_signed &= channel.AreSigned();
      header.are_sums_small &= AreSumsSmall(tile.form, largest, scales[c]);
      header.are_results_small &= AreResultsSmall(tile.form, largest, scales[c]);
    }
    header.are_sums_small &= header.are_weights_signed || are_terms;
    const bool is_unsigned = tile.form == PackForm::kUnsignedInputs;
    const bool is_sum = !is_plain && !is_unsigned && header.are_sums_small;
    if (!is_plain) *reinterpret_cast<PackedBlockHeader*>(block) = header;
    const int offset = input_zero_point - (is_sum || is_unsigned ? InputOffset<T>(tile.form) : 0);
    for (int j = 0; j < tile.nr; ++j) {
      if (c_begin + j < c_end) {
        block_bias[j] = FoldedBias(bias[c_begin + j], offset, sums[j].sum());
        block_scales[j] = scales[c_begin + j];
      }
      if (is_sum) block_bias[j] = FoldedBias(block_bias[j], -1, kSumOfZero);
    }
    if (is_unsigned) {
      const int weights_offset = header.are_weights_signed ? 0 : kSignedOffset<T> - weights_zero_point;
      PackColumns(
          c_begin, geometry, weights, weights_zero_point, tile,
          [&](int weight) { return weight - weights_offset; }, block_weights);
    } else if (is_sum && tile.kr > 1) {
      const auto first_term = [](int weight) { return std::clamp(weight, -128, 127); };
      T* next = PackColumns(c_begin, geometry, weights, weights_zero_point, tile, first_term, block_weights);
      if (tile.form == PackForm::kTermsSum) {
        const auto second_term = [&](int weight) { return weight - first_term(weight); };
        PackColumns(c_begin, geometry, weights, weights_zero_point, tile, second_term, next);
      }
    } else {
      PackBlock(c_begin, geometry, weights, weights_zero_point, is_sum ? weights_zero_point : T{0}, tile.nr,
                block_weights);
    }
  }
}

template size_t PackedBlockBytesDwconvFloat<float>(const ConvGeometry&, PackTile);
template size_t PackedBlockBytesDwconvFloat<Half>(const ConvGeometry&, PackTile);
template size_t PackedBytesDwconvFloat<float>(const ConvGeometry&, PackTile);
template size_t PackedBytesDwconvFloat<Half>(const ConvGeometry&, PackTile);
template void PackDwconvFloat<float>(const ConvGeometry&, const float*, const float*, PackTile, void*);
template void PackDwconvFloat<Half>(const ConvGeometry&, const float*, const float*, PackTile, void*);
template void PackDwconvQ8<uint8_t>(const ConvGeometry&, const uint8_t*, const int32_t*, const float*,
                                    uint8_t, uint8_t, PackTile, void*);
template void PackDwconvQ8<int8_t>(const ConvGeometry&, const int8_t*, const int32_t*, const float*, int8_t,
                                   int8_t, PackTile, void*);

}  // namespace mobilenet
