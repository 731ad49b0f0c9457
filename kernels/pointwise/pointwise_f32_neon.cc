#include "kernels/common/gemm_float_neon.h"
#include "kernels/common/neon_f32.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

void pointwise_f32_neon(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                        const void* packed, float* output, std::ptrdiff_t output_stride,
                        const ClampF32& clamp) {
  // Sums for 6 x 8 outputs take 12 of ARMv8's 32 vector registers, for 4 x 8 half of ARMv7's 16. With 8 x 8,
  // GCC 12 adds copies between registers and loses 6 %.
  constexpr int kRows = sizeof(void*) == 8 ? 6 : 4;
  GemmFloat<NeonF32, kRows, kPointwiseNeonTileF32.nr / 4>(m, n, k, input, input_stride, packed, output,
                                                          output_stride, clamp);
}

}  // namespace mobilenet
