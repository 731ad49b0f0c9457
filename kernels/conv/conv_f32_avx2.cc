#include "kernels/conv/conv_f32_x86.h"

namespace mobilenet {

void conv_f32_avx2(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp) {
  ConvX86<kAvx2Rows, kPointwiseAvx2Tile.nr / kLanes>(geometry, row_begin, row_end, input, packed, output,
                                                     clamp);
}

}  // namespace mobilenet
