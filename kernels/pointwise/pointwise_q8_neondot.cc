#include "kernels/common/gemm_q8_neondot.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

// As many sums as pointwise_f32_neon keeps in registers.
constexpr int kRows = sizeof(void*) == 8 ? 6 : 4;
constexpr int kVectors = kPointwiseNeonDotTile.nr / 4;

}  // namespace

void pointwise_qu8_neondot(int m, int n, int k, const uint8_t* input, std::ptrdiff_t input_stride,
                           const void* packed, uint8_t* output, std::ptrdiff_t output_stride,
                           const ConvQuantization<uint8_t>& quantization) {
  GemmQ8Dot<kRows, kVectors>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

void pointwise_qs8_neondot(int m, int n, int k, const int8_t* input, std::ptrdiff_t input_stride,
                           const void* packed, int8_t* output, std::ptrdiff_t output_stride,
                           const ConvQuantization<int8_t>& quantization) {
  GemmQ8Dot<kRows, kVectors>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

}  // namespace mobilenet
