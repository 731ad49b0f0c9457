#include "kernels/common/pack_gemm.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <type_traits>

namespace mobilenet {
namespace {

size_t RoundUp(int value, int multiple) {
  return static_cast<size_t>((value + multiple - 1) / multiple) * static_cast<size_t>(multiple);
}

// The weights of output channels n_begin ... + nr less tile.offset, and `fill` beyond [N, K].
template <typename T>
void PackBlock(int n_begin, int n, int k, const T* weights, T fill, PackTile tile, T* packed) {
  for (int k_begin = 0; k_begin < k; k_begin += tile.kr) {
    for (int channel = n_begin; channel < n_begin + tile.nr; ++channel) {
      for (int ik = k_begin; ik < k_begin + tile.kr; ++ik) {
        const bool is_inside = channel < n && ik < k;
        const T weight = is_inside ? weights[std::ptrdiff_t{channel} * k + ik] : fill;
        *packed++ = static_cast<T>(weight - static_cast<T>(tile.offset));
      }
    }
  }
}

}  // namespace

size_t PackedBlockBytesF32(int k, PackTile tile) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return (1 + RoundUp(k, tile.kr)) * tile.nr * sizeof(float);
}

size_t PackedBlockBytesQ8(int k, PackTile tile) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return (sizeof(int32_t) + sizeof(float) + RoundUp(k, tile.kr)) * tile.nr;
}

size_t PackedBytesF32(int n, int k, PackTile tile) {
  return RoundUp(n, tile.nr) / tile.nr * PackedBlockBytesF32(k, tile);
}

size_t PackedBytesQ8(int n, int k, PackTile tile) {
  return RoundUp(n, tile.nr) / tile.nr * PackedBlockBytesQ8(k, tile);
}

void PackGemmF32(int n, int k, const float* weights, const float* bias, PackTile tile, void* packed) {
  auto* block = static_cast<float*>(packed);
  for (int n_begin = 0; n_begin < n; n_begin += tile.nr) {
    for (int j = 0; j < tile.nr; ++j) block[j] = n_begin + j < n ? bias[n_begin + j] : 0.0f;
    PackBlock(n_begin, n, k, weights, 0.0f, tile, block + tile.nr);
    block += PackedBlockBytesF32(k, tile) / sizeof(float);
  }
}

template <typename T>
void PackGemmQ8(int n, int k, const T* weights, const int32_t* bias, const float* scales,
                T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  assert(k <= kMaxGemmK);
  assert(tile.offset == 0 || (std::is_unsigned_v<T> && tile.offset == 128));
  auto* block = static_cast<std::byte*>(packed);
  for (int n_begin = 0; n_begin < n; n_begin += tile.nr) {
    auto* block_bias = reinterpret_cast<int32_t*>(block);
    auto* block_scales = reinterpret_cast<float*>(block_bias + tile.nr);
    for (int j = 0; j < tile.nr; ++j) {
      const int channel = n_begin + j;
      uint32_t folded = 0;  // unsigned: overflow, as a strange model file can bring it, wraps
      if (channel < n) {
        int32_t sum = 0;
        for (int ik = 0; ik < k; ++ik) sum += weights[std::ptrdiff_t{channel} * k + ik] - weights_zero_point;
        folded = static_cast<uint32_t>(bias[channel]) -
                 static_cast<uint32_t>((input_zero_point - tile.offset) * sum);
      }
      block_bias[j] = static_cast<int32_t>(folded);
      block_scales[j] = channel < n ? scales[channel] : 0.0f;
    }
    PackBlock(n_begin, n, k, weights, weights_zero_point, tile, reinterpret_cast<T*>(block_scales + tile.nr));
    block += PackedBlockBytesQ8(k, tile);
  }
}

template void PackGemmQ8<uint8_t>(int, int, const uint8_t*, const int32_t*, const float*, uint8_t, uint8_t,
                                  PackTile, void*);
template void PackGemmQ8<int8_t>(int, int, const int8_t*, const int32_t*, const float*, int8_t, int8_t,
                                 PackTile, void*);

}  // namespace mobilenet
