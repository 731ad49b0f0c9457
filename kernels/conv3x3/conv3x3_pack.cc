#include "kernels/conv3x3/conv3x3.h"

namespace mobilenet {
namespace {

int GemmK(int input_channels) {
  return kTaps * kTaps * input_channels;
}

}  // namespace

size_t PackedBytesConv3x3F32(int output_channels, int input_channels, PackTile tile) {
  return PackedBytesF32(output_channels, GemmK(input_channels), tile);
}

size_t PackedBytesConv3x3Q8(int output_channels, int input_channels, PackTile tile) {
  return PackedBytesQ8(output_channels, GemmK(input_channels), tile);
}

void PackConv3x3F32(int output_channels, int input_channels, const float* weights, const float* bias,
                    PackTile tile, void* packed) {
  PackGemmF32(output_channels, GemmK(input_channels), weights, bias, tile, packed);
}

template <typename T>
void PackConv3x3Q8(int output_channels, int input_channels, const T* weights, const int32_t* bias,
                   const float* scales, T weights_zero_point, T input_zero_point, PackTile tile,
                   void* packed) {
  PackGemmQ8(output_channels, GemmK(input_channels), weights, bias, scales, weights_zero_point,
             input_zero_point, tile, packed);
}

template void PackConv3x3Q8<uint8_t>(int, int, const uint8_t*, const int32_t*, const float*, uint8_t, uint8_t,
                                     PackTile, void*);
template void PackConv3x3Q8<int8_t>(int, int, const int8_t*, const int32_t*, const float*, int8_t, int8_t,
                                    PackTile, void*);

}  // namespace mobilenet
