#include <cassert>

#include "kernels/common/pack_gemm.h"
#include "kernels/dwconv/dwconv.h"

namespace mobilenet {
namespace {

int Taps(const ConvGeometry& geometry) {
  return geometry.kernel_height * geometry.kernel_width;
}

int RoundUp(int value, int multiple) {
  return (value + multiple - 1) / multiple * multiple;
}

// The taps of a channel with those that fill up the groups.
int PackedTaps(const ConvGeometry& geometry, PackTile tile) {
  return geometry.kernel_height * RoundUp(geometry.kernel_width, tile.kr);
}

size_t BlockBytes(PackTile tile, size_t bytes_per_channel) {
  assert(tile.nr > 0 && tile.nr % 4 == 0 && tile.kr > 0);
  return tile.nr * bytes_per_channel;
}

size_t Blocks(int channels, PackTile tile) {
  return static_cast<size_t>((channels + tile.nr - 1) / tile.nr);
}

// The weights of channels c_begin ... + nr, `fill` beyond C.
template <typename T>
void PackBlock(int c_begin, const ConvGeometry& geometry, const T* weights, T fill, PackTile tile,
               T* packed) {
  const int channels = geometry.output_channels;
  const int kernel_width = geometry.kernel_width;
  for (int kh = 0; kh < geometry.kernel_height; ++kh) {
    for (int kw_begin = 0; kw_begin < kernel_width; kw_begin += tile.kr) {
      for (int c = c_begin; c < c_begin + tile.nr; ++c) {
        for (int kw = kw_begin; kw < kw_begin + tile.kr; ++kw) {
          const bool is_inside = c < channels && kw < kernel_width;
          const std::ptrdiff_t tap = std::ptrdiff_t{kh} * kernel_width + kw;
          *packed++ = is_inside ? weights[tap * channels + c] : fill;
        }
      }
    }
  }
}

}  // namespace

size_t PackedBlockBytesDwconvF32(const ConvGeometry& geometry, PackTile tile) {
  return BlockBytes(tile, static_cast<size_t>(1 + PackedTaps(geometry, tile)) * sizeof(float));
}
size_t PackedBlockBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile) {
  return BlockBytes(tile, sizeof(int32_t) + sizeof(float) + static_cast<size_t>(PackedTaps(geometry, tile)));
}

size_t PackedBytesDwconvF32(const ConvGeometry& geometry, PackTile tile) {
  return Blocks(geometry.output_channels, tile) * PackedBlockBytesDwconvF32(geometry, tile);
}
size_t PackedBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile) {
  return Blocks(geometry.output_channels, tile) * PackedBlockBytesDwconvQ8(geometry, tile);
}

void PackDwconvF32(const ConvGeometry& geometry, const float* weights, const float* bias, PackTile tile,
                   void* packed) {
  const int channels = geometry.output_channels;
  auto* block = static_cast<float*>(packed);
  for (int c_begin = 0; c_begin < channels; c_begin += tile.nr) {
    for (int j = 0; j < tile.nr; ++j) block[j] = c_begin + j < channels ? bias[c_begin + j] : 0.0f;
    PackBlock(c_begin, geometry, weights, 0.0f, tile, block + tile.nr);
    block += PackedBlockBytesDwconvF32(geometry, tile) / sizeof(float);
  }
}

template <typename T>
void PackDwconvQ8(const ConvGeometry& geometry, const T* weights, const int32_t* bias, const float* scales,
                  T weights_zero_point, T input_zero_point, PackTile tile, void* packed) {
  const int channels = geometry.output_channels;
  const int taps = Taps(geometry);
  assert(taps <= kMaxGemmK);
  auto* block = static_cast<std::byte*>(packed);
  for (int c_begin = 0; c_begin < channels; c_begin += tile.nr) {
    auto* block_bias = reinterpret_cast<int32_t*>(block);
    auto* block_scales = reinterpret_cast<float*>(block_bias + tile.nr);
    for (int j = 0; j < tile.nr; ++j) {
      const int c = c_begin + j;
      uint32_t folded = 0;  // unsigned: overflow, as a strange model file can bring it, wraps
      if (c < channels) {
        int32_t sum = 0;
        for (int tap = 0; tap < taps; ++tap) {
          sum += weights[std::ptrdiff_t{tap} * channels + c] - weights_zero_point;
        }
        folded = static_cast<uint32_t>(bias[c]) - static_cast<uint32_t>(input_zero_point * sum);
      }
      block_bias[j] = static_cast<int32_t>(folded);
      block_scales[j] = c < channels ? scales[c] : 0.0f;
    }
    PackBlock(c_begin, geometry, weights, weights_zero_point, tile,
              reinterpret_cast<T*>(block_scales + tile.nr));
    block += PackedBlockBytesDwconvQ8(geometry, tile);
  }
}

template void PackDwconvQ8<uint8_t>(const ConvGeometry&, const uint8_t*, const int32_t*, const float*,
                                    uint8_t, uint8_t, PackTile, void*);
template void PackDwconvQ8<int8_t>(const ConvGeometry&, const int8_t*, const int32_t*, const float*, int8_t,
                                   int8_t, PackTile, void*);

}  // namespace mobilenet
