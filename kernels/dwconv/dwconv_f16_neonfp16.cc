#include "kernels/common/neon_f16.h"
#include "kernels/dwconv/dwconv_float_neon.h"

namespace mobilenet {

static_assert(kDwconvNeonFp16Tile.nr == kNr);

void dwconv_f16_3x3_neonfp16(const ConvGeometry& geometry, int row_begin, int row_end, const Half* input,
                             const void* packed, Half* output, const ClampF32& clamp) {
  DwconvNeonFloat<NeonF16, 3>(geometry, row_begin, row_end, input, packed, output, clamp);
}

void dwconv_f16_5x5_neonfp16(const ConvGeometry& geometry, int row_begin, int row_end, const Half* input,
                             const void* packed, Half* output, const ClampF32& clamp) {
  DwconvNeonFloat<NeonF16, 5>(geometry, row_begin, row_end, input, packed, output, clamp);
}

}  // namespace mobilenet
