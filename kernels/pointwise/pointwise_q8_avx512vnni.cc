#include "kernels/common/gemm_q8_avx512vnni.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {
namespace {

// Sums for 12 rows of two vectors take 24 of 32 registers; the others hold the weights and inputs.
constexpr int kRows = 12;
constexpr int kNr = kPointwiseAvx512VnniTile.nr;

}  // namespace

void pointwise_qu8_avx512vnni(int m, int n, int k, const uint8_t* input, std::ptrdiff_t input_stride,
                              const void* packed, uint8_t* output, std::ptrdiff_t output_stride,
                              const ConvQuantization<uint8_t>& quantization) {
  GemmQ8Vnni<kRows, kNr>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

void pointwise_qs8_avx512vnni(int m, int n, int k, const int8_t* input, std::ptrdiff_t input_stride,
                              const void* packed, int8_t* output, std::ptrdiff_t output_stride,
                              const ConvQuantization<int8_t>& quantization) {
  GemmQ8Vnni<kRows, kNr>(m, n, k, input, input_stride, packed, output, output_stride, quantization);
}

}  // namespace mobilenet
