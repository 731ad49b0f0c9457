#include "kernels/common/neon_f32.h"
#include "kernels/dwconv/dwconv_float_neon.h"

namespace mobilenet {

static_assert(kDwconvNeonTileF32.nr == kNr);

void dwconv_f32_3x3_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                         const void* packed, float* output, const ClampF32& clamp) {
  DwconvNeonFloat<NeonF32, 3>(geometry, row_begin, row_end, input, packed, output, clamp);
}

void dwconv_f32_5x5_neon(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                         const void* packed, float* output, const ClampF32& clamp) {
  DwconvNeonFloat<NeonF32, 5>(geometry, row_begin, row_end, input, packed, output, clamp);
}

}  // namespace mobilenet
