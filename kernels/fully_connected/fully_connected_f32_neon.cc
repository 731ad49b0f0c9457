#include "kernels/common/gemm_float_neon.h"
#include "kernels/common/neon_f32.h"
#include "kernels/fully_connected/fully_connected.h"

namespace mobilenet {

void fully_connected_f32_neon(int n, int k, const float* input, const void* packed, float* output,
                              const ClampF32& clamp) {
  GemmFloat<NeonF32, 1, kFullyConnectedNeonTileF32.nr / 4>(1, n, k, input, k, packed, output, n, clamp);
}

}  // namespace mobilenet
