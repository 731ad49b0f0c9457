// Convolutions by way of patches, for kernels in other files than those of pointwise.
#pragma once

#include "kernels/conv/conv.h"

namespace mobilenet {

// As ConvF32, with patches of the input copied side by side and multiplied by a kernel of pointwise with
// whose tile the weights are packed.
void ConvOfPatches(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                   const void* packed, float* output, const ClampF32& clamp, PointwiseF32* pointwise,
                   PackTile tile);

}  // namespace mobilenet
