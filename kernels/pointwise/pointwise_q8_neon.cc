#include "kernels/common/gemm_q8_neon.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

// Sums for 4 x 16 outputs in 16 of ARMv8's 32 vector registers, for 2 x 16 in 8 of ARMv7's 16.
constexpr int kRows = sizeof(void*) == 8 ? 4 : 2;

}  // namespace

void pointwise_qu8_neon(int m, int n, int k, const uint8_t* input, std::ptrdiff_t input_stride,
                        const void* packed, uint8_t* output, std::ptrdiff_t output_stride,
                        const ConvQuantization<uint8_t>& quantization) {
  GemmQ8<kRows>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

void pointwise_qs8_neon(int m, int n, int k, const int8_t* input, std::ptrdiff_t input_stride,
                        const void* packed, int8_t* output, std::ptrdiff_t output_stride,
                        const ConvQuantization<int8_t>& quantization) {
  GemmQ8<kRows>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

}  // namespace mobilenet
