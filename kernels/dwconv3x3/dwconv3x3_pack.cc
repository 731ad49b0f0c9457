#include <cassert>

#include "kernels/dwconv3x3/dwconv3x3.h"

namespace mobilenet {
namespace {

constexpr int kWeights = kTaps * kTaps;  // of one channel

size_t BlockBytes(PackTile tile, size_t bytes_per_channel) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr == 1);
  return tile.nr * bytes_per_channel;
}

size_t BlockBytesF32(PackTile tile) {
  return BlockBytes(tile, (1 + kWeights) * sizeof(float));
}
size_t BlockBytesQ8(PackTile tile) {
  return BlockBytes(tile, sizeof(int32_t) + sizeof(float) + kWeights);
}

size_t Blocks(int channels, PackTile tile) {
  return static_cast<size_t>((channels + tile.nr - 1) / tile.nr);
}

// The weights of channels c_begin ... + nr, `fill` beyond C.
template <typename T>
void PackBlock(int c_begin, int channels, const T* weights, T fill, PackTile tile, T* packed) {
  for (int tap = 0; tap < kWeights; ++tap) {
    for (int c = c_begin; c < c_begin + tile.nr; ++c) {
      *packed++ = c < channels ? weights[std::ptrdiff_t{tap} * channels + c] : fill;
    }
  }
}

}  // namespace

size_t PackedBytesDwconv3x3F32(int channels, PackTile tile) {
  return Blocks(channels, tile) * BlockBytesF32(tile);
}
size_t PackedBytesDwconv3x3Q8(int channels, PackTile tile) {
  return Blocks(channels, tile) * BlockBytesQ8(tile);
}

void PackDwconv3x3F32(int channels, const float* weights, const float* bias, PackTile tile, void* packed) {
  auto* block = static_cast<float*>(packed);
  for (int c_begin = 0; c_begin < channels; c_begin += tile.nr) {
    for (int j = 0; j < tile.nr; ++j) block[j] = c_begin + j < channels ? bias[c_begin + j] : 0.0f;
    PackBlock(c_begin, channels, weights, 0.0f, tile, block + tile.nr);
    block += BlockBytesF32(tile) / sizeof(float);
  }
}

template <typename T>
void PackDwconv3x3Q8(int channels, const T* weights, const int32_t* bias, const float* scales,
                     T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  auto* block = static_cast<std::byte*>(packed);
  for (int c_begin = 0; c_begin < channels; c_begin += tile.nr) {
    auto* block_bias = reinterpret_cast<int32_t*>(block);
    auto* block_scales = reinterpret_cast<float*>(block_bias + tile.nr);
    for (int j = 0; j < tile.nr; ++j) {
      const int c = c_begin + j;
      uint32_t folded = 0;  // unsigned: overflow, as a strange model file can bring it, wraps
      if (c < channels) {
        int32_t sum = 0;
        for (int tap = 0; tap < kWeights; ++tap) {
          sum += weights[std::ptrdiff_t{tap} * channels + c] - weights_zero_point;
        }
        folded = static_cast<uint32_t>(bias[c]) - static_cast<uint32_t>(input_zero_point * sum);
      }
      block_bias[j] = static_cast<int32_t>(folded);
      block_scales[j] = c < channels ? scales[c] : 0.0f;
    }
    PackBlock(c_begin, channels, weights, weights_zero_point, tile,
              reinterpret_cast<T*>(block_scales + tile.nr));
    block += BlockBytesQ8(tile);
  }
}

template void PackDwconv3x3Q8<uint8_t>(int, const uint8_t*, const int32_t*, const float*, uint8_t, uint8_t,
                                       PackTile, void*);
template void PackDwconv3x3Q8<int8_t>(int, const int8_t*, const int32_t*, const float*, int8_t, int8_t,
                                      PackTile, void*);

}  // namespace mobilenet
