#include "kernels/common/gemm_f32_x86.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_f32_avx512(int n, int k, const float* input, const void* packed, float* output,
                                const ClampF32& clamp) {
  MatrixProductX86<1, kFullyConnectedAvx512Tile.nr / kLanes>(1, n, k, input, k, packed, output, n, clamp);
}

}  // namespace mobilenet
