#include "kernels/common/gemm_f32_x86.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

void pointwise_f32_avx512(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                          const void* packed, float* output, std::ptrdiff_t output_stride,
                          const ClampF32& clamp) {
  MatrixProductX86<kMostTileRows>(kGemmAvx512, m, n, k, input, input_stride, packed, output, output_stride,
                                  clamp);
}

void pointwise_f32_avx2(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                        const void* packed, float* output, std::ptrdiff_t output_stride,
                        const ClampF32& clamp) {
  MatrixProductX86<kMostTileRows>(kGemmAvx2, m, n, k, input, input_stride, packed, output, output_stride,
                                  clamp);
}

}  // namespace mobilenet
