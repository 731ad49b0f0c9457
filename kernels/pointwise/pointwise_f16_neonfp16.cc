#include "kernels/common/gemm_float_neon.h"
#include "kernels/common/neon_f16.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

void pointwise_f16_neonfp16(int m, int n, int k, const Half* input, std::ptrdiff_t input_stride,
                            const void* packed, Half* output, std::ptrdiff_t output_stride,
                            const ClampF32& clamp) {
  // Sums for 6 x 16 outputs take 12 of 32 vector registers.
  GemmFloat<NeonF16, 6, kPointwiseNeonFp16Tile.nr / 8>(m, n, k, input, input_stride, packed, output,
                                                       output_stride, clamp);
}

}  // namespace mobilenet
