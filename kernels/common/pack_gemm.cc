#include "kernels/common/pack_gemm.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <iterator>
#include <type_traits>
#include <vector>

#include "kernels/common/pack_q8.h"

namespace mobilenet {
namespace {

size_t RoundUp(int value, int multiple) {
  return static_cast<size_t>((value + multiple - 1) / multiple) * static_cast<size_t>(multiple);
}

// The weights of output channels n_begin ... + nr, and `fill` beyond [N, K]. kr: tile.kr, a constant if that
// is faster
template <typename T>
void PackGroups(int n_begin, int n, int k, const T* weights, T fill, int nr, auto kr, T* packed) {
  const int channels = std::min(nr, n - n_begin);
  const T* rows = weights + std::ptrdiff_t{n_begin} * k;
  for (int k_begin = 0; k_begin < k; k_begin += kr, packed += nr * kr) {
    if (k_begin + kr <= k) {
      for (int j = 0; j < channels; ++j) {
        std::memcpy(packed + j * kr, rows + std::ptrdiff_t{j} * k + k_begin, kr * sizeof(T));
      }
      std::fill_n(packed + channels * kr, (nr - channels) * kr, fill);
      continue;
    }
    std::fill_n(packed, nr * kr, fill);
    for (int j = 0; j < channels; ++j) {
      std::copy_n(rows + std::ptrdiff_t{j} * k + k_begin, k - k_begin, packed + j * kr);
    }
  }
}

// The same, with `offset` subtracted from each.
template <typename T>
void PackBlock(int n_begin, int n, int k, const T* weights, T fill, T offset, PackTile tile, T* packed) {
  const auto pack = [&](auto kr) { PackGroups(n_begin, n, k, weights, fill, tile.nr, kr, packed); };
  switch (tile.kr) {
    case 1:
      pack(std::integral_constant<int, 1>());
      break;
    case 4:
      pack(std::integral_constant<int, 4>());
      break;
    case 16:
      pack(std::integral_constant<int, 16>());
      break;
    default:
      pack(tile.kr);
  }
  if (offset == 0) return;
  const size_t count = RoundUp(k, tile.kr) * static_cast<size_t>(tile.nr);
  for (size_t i = 0; i < count; ++i) packed[i] = static_cast<T>(packed[i] - offset);
}

// A group of kTurnedTile from (channels, k) to the order of kTurned.
template <typename T>
void TurnGroup(T* group) {
  constexpr int kChannels = kTurnedTile.nr;
  constexpr int kInputs = kTurnedTile.kr;
  T turned[kChannels * kInputs];
  T* next = turned;
  for (int turn = 0; turn < 4; ++turn) {
    for (int half = 0; half < 2; ++half) {
      for (int channel = 0; channel < kChannels; ++channel, next += 2) {
        std::memcpy(next, group + channel * kInputs + half * 8 + (channel + turn) % 4 * 2, 2);
      }
    }
  }
  std::copy_n(turned, kChannels * kInputs, group);
}

}  // namespace

template <typename T>
size_t PackedBlockBytesFloat(int k, PackTile tile) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return (1 + RoundUp(k, tile.kr)) * tile.nr * sizeof(T);
}

size_t PackedBlockBytesQ8(int k, PackTile tile) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return PackedHeaderBytes(tile) + (sizeof(int32_t) + sizeof(float) + RoundUp(k, tile.kr)) * tile.nr;
}

template <typename T>
size_t PackedBytesFloat(int n, int k, PackTile tile) {
  return RoundUp(n, tile.nr) / tile.nr * PackedBlockBytesFloat<T>(k, tile);
}

size_t PackedBytesQ8(int n, int k, PackTile tile) {
  return RoundUp(n, tile.nr) / tile.nr * PackedBlockBytesQ8(k, tile);
}

template <typename T>
void PackGemmFloat(int n, int k, const float* weights, const float* bias, PackTile tile, void* packed) {
  std::vector<Half> rounded;
  const T* values = nullptr;
  if constexpr (std::is_same_v<T, Half>) {
    rounded.reserve(static_cast<size_t>(n) * static_cast<size_t>(k));
    std::transform(weights, weights + std::ptrdiff_t{n} * k, std::back_inserter(rounded),
                   [](float weight) { return Half(weight); });
    values = rounded.data();
  } else {
    values = weights;
  }
  auto* block = static_cast<T*>(packed);
  for (int n_begin = 0; n_begin < n; n_begin += tile.nr) {
    for (int j = 0; j < tile.nr; ++j) block[j] = T(n_begin + j < n ? bias[n_begin + j] : 0.0f);
    PackBlock(n_begin, n, k, values, T(0.0f), T(0.0f), tile, block + tile.nr);
    block += PackedBlockBytesFloat<T>(k, tile) / sizeof(T);
  }
}

template <typename T>
void PackGemmQ8(int n, int k, const T* weights, const int32_t* bias, const float* scales,
                T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  assert(k <= kMaxGemmK);
  const bool is_plain = tile.form == PackForm::kPlain;
  const bool is_sum = tile.form == PackForm::kSignedSum;
  const bool is_turned = tile.form == PackForm::kTurned;
  const bool has_small = is_sum || is_turned;
  const int input_offset = InputOffset<T>(tile.form);
  auto* block = static_cast<std::byte*>(packed);
  for (int n_begin = 0; n_begin < n; n_begin += tile.nr, block += PackedBlockBytesQ8(k, tile)) {
    const int n_end = std::min(n, n_begin + tile.nr);
    auto* block_bias = reinterpret_cast<int32_t*>(block + PackedHeaderBytes(tile));
    auto* block_scales = reinterpret_cast<float*>(block_bias + tile.nr);
    std::fill_n(block_bias, tile.nr, 0);
    std::fill_n(block_scales, tile.nr, 0.0f);
    PackedBlockHeader header = {!is_plain, has_small, has_small, 0};
    for (int channel = n_begin; channel < n_end; ++channel) {
      ChannelWeights sums;
      sums.AddAll(weights + std::ptrdiff_t{channel} * k, k, weights_zero_point);
      const int64_t largest = sums.LargestSum(bias[channel], input_zero_point);
      header.are_weights_signed &= sums.AreSigned();
      header.are_sums_small &= AreSumsSmall(tile.form, largest, scales[channel]);
      header.are_results_small &= AreResultsSmall(tile.form, largest, scales[channel]);
      block_bias[channel - n_begin] = FoldedBias(bias[channel], input_zero_point - input_offset, sums.sum());
      block_scales[channel - n_begin] = scales[channel];
    }
    if (!is_plain) *reinterpret_cast<PackedBlockHeader*>(block) = header;
    if (header.are_sums_small && is_sum) {
      for (int j = 0; j < tile.nr; ++j) block_bias[j] = FoldedBias(block_bias[j], -1, kSumOfZero);
    }
    const int weights_offset = header.are_weights_signed ? weights_zero_point
                               : is_plain                ? 0
                                                         : kSignedOffset<T>;
    auto* block_weights = reinterpret_cast<T*>(block_scales + tile.nr);
    PackBlock(n_begin, n, k, weights, weights_zero_point, static_cast<T>(weights_offset), tile,
              block_weights);
    if (is_turned) {
      assert(tile.nr == kTurnedTile.nr && tile.kr == kTurnedTile.kr);
      for (int k_begin = 0; k_begin < k; k_begin += tile.kr) TurnGroup(block_weights + k_begin * tile.nr);
    }
  }
}

template size_t PackedBlockBytesFloat<float>(int, PackTile);
template size_t PackedBlockBytesFloat<Half>(int, PackTile);
template size_t PackedBytesFloat<float>(int, int, PackTile);
template size_t PackedBytesFloat<Half>(int, int, PackTile);
template void PackGemmFloat<float>(int, int, const float*, const float*, PackTile, void*);
template void PackGemmFloat<Half>(int, int, const float*, const float*, PackTile, void*);
template void PackGemmQ8<uint8_t>(int, int, const uint8_t*, const int32_t*, const float*, uint8_t, uint8_t,
                                  PackTile, void*);
template void PackGemmQ8<int8_t>(int, int, const int8_t*, const int32_t*, const float*, int8_t, int8_t,
                                 PackTile, void*);

}  // namespace mobilenet
