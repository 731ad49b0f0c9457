#include "kernels/dwconv/dwconv.h"
#include "kernels/dwconv/dwconv_f32_x86.h"

namespace mobilenet {

static_assert(kDwconvAvx2Tile.nr == kLanes);

void dwconv_f32_3x3_avx2(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                         const void* packed, float* output, const ClampF32& clamp) {
  DwconvF32X86(geometry, row_begin, row_end, input, packed, output, clamp);
}

}  // namespace mobilenet
