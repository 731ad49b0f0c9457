#include "kernels/common/gemm_q8_avx512vnni.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {
namespace {

constexpr int kNr = kFullyConnectedAvx512VnniTile.nr;

}  // namespace

void fully_connected_qu8_avx512vnni(int n, int k, const uint8_t* input, const void* packed, uint8_t* output,
                                    const ConvQuantization<uint8_t>& quantization) {
  GemmQ8Vnni<1, kNr>(1, n, k, input, k, packed, output, n, quantization);
}

void fully_connected_qs8_avx512vnni(int n, int k, const int8_t* input, const void* packed, int8_t* output,
                                    const ConvQuantization<int8_t>& quantization) {
  GemmQ8Vnni<1, kNr>(1, n, k, input, k, packed, output, n, quantization);
}

}  // namespace mobilenet
