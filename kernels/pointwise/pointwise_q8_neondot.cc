#include "kernels/common/gemm_q8_neondot.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

// As many sums as pointwise_f32_neon keeps in registers; for qu8 with room for the sum of the inputs of each
// row.
constexpr int kRowsQs8 = sizeof(void*) == 8 ? 6 : 4;
constexpr int kRowsQu8 = kRowsQs8 - 1;
constexpr int kVectors = kPointwiseNeonDotTile.nr / 4;

}  // namespace

void pointwise_qu8_neondot(int m, int n, int k, const uint8_t* input, std::ptrdiff_t input_stride,
                           const void* packed, uint8_t* output, std::ptrdiff_t output_stride,
                           const ConvQuantization<uint8_t>& quantization) {
  GemmQ8Dot<kRowsQu8, kVectors>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

void pointwise_qs8_neondot(int m, int n, int k, const int8_t* input, std::ptrdiff_t input_stride,
                           const void* packed, int8_t* output, std::ptrdiff_t output_stride,
                           const ConvQuantization<int8_t>& quantization) {
  GemmQ8Dot<kRowsQs8, kVectors>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

}  // namespace mobilenet
