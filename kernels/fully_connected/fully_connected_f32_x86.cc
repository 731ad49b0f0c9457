#include "kernels/common/gemm_f32_x86.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_f32_avx512(int n, int k, const float* input, const void* packed, float* output,
                                const ClampF32& clamp) {
  MatrixProductX86<1>(kGemvAvx512, 1, n, k, input, k, packed, output, n, clamp);
}

void fully_connected_f32_avx2(int n, int k, const float* input, const void* packed, float* output,
                              const ClampF32& clamp) {
  MatrixProductX86<1>(kGemvAvx2, 1, n, k, input, k, packed, output, n, clamp);
}

}  // namespace mobilenet
