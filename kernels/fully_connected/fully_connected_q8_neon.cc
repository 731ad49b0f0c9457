#include "kernels/common/gemm_q8_neon.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_qu8_neon(int n, int k, const uint8_t* input, const void* packed, uint8_t* output,
                              const ConvQuantization<uint8_t>& quantization) {
  GemmQ8<1>(1, n, k, input, k, packed, output, n, quantization);
}

void fully_connected_qs8_neon(int n, int k, const int8_t* input, const void* packed, int8_t* output,
                              const ConvQuantization<int8_t>& quantization) {
  GemmQ8<1>(1, n, k, input, k, packed, output, n, quantization);
}

}  // namespace mobilenet
