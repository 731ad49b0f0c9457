#include "kernels/common/gemm_scalar.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_f32_scalar(int n, int k, const float* input, const void* packed, float* output,
                                const ClampF32& clamp) {
  GemmScalarF32(1, n, k, input, k, packed, output, n, clamp);
}

void fully_connected_qu8_scalar(int n, int k, const uint8_t* input, const void* packed, uint8_t* output,
                                const ConvQuantization<uint8_t>& quantization) {
  GemmScalarQ8(1, n, k, input, k, packed, output, n, quantization);
}

void fully_connected_qs8_scalar(int n, int k, const int8_t* input, const void* packed, int8_t* output,
                                const ConvQuantization<int8_t>& quantization) {
  GemmScalarQ8(1, n, k, input, k, packed, output, n, quantization);
}

}  // namespace mobilenet
