#include "kernels/common/gemm_scalar.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

void pointwise_f32_scalar(int m, int n, int k, const float* input, std::ptrdiff_t input_stride,
                          const void* packed, float* output, std::ptrdiff_t output_stride,
                          const ClampF32& clamp) {
  GemmScalarF32(m, n, k, input, input_stride, packed, output, output_stride, clamp);
}

void pointwise_qu8_scalar(int m, int n, int k, const uint8_t* input, std::ptrdiff_t input_stride,
                          const void* packed, uint8_t* output, std::ptrdiff_t output_stride,
                          const ConvQuantization<uint8_t>& quantization) {
  GemmScalarQ8(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

void pointwise_qs8_scalar(int m, int n, int k, const int8_t* input, std::ptrdiff_t input_stride,
                          const void* packed, int8_t* output, std::ptrdiff_t output_stride,
                          const ConvQuantization<int8_t>& quantization) {
  GemmScalarQ8(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

}  // namespace mobilenet
