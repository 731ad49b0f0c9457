#include "kernels/common/gemm_float_neon.h"
#include "kernels/common/neon_f16.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_f16_neonfp16(int n, int k, const Half* input, const void* packed, Half* output,
                                  const ClampF32& clamp) {
  GemmFloat<NeonF16, 1, kFullyConnectedNeonFp16Tile.nr / 8>(1, n, k, input, k, packed, output, n, clamp);
}

}  // namespace mobilenet
