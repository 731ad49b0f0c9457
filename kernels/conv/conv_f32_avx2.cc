#include "kernels/conv/conv_f32_x86.h"
#include "kernels/conv/conv_patches.h"

namespace mobilenet {

void conv_f32_avx2(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp) {
  if (geometry.input_channels / geometry.groups < kLeastChannels) {
    ConvOfPatches(geometry, row_begin, row_end, input, packed, output, clamp, pointwise_f32_avx2,
                  kPointwiseAvx2Tile);
    return;
  }
  ConvX86<kAvx2Rows, kPointwiseAvx2Tile.nr / kLanes>(geometry, row_begin, row_end, input, packed, output,
                                                     clamp);
}

}  // namespace mobilenet
