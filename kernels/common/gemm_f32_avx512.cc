#include "kernels/common/gemm_tile_f32_x86.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

// Sums for 14 rows of two vectors take 28 of AVX-512's 32 registers; the others hold the weights and an
// input.
constexpr int kRows = 14;

constinit const GemmTilesF32 kGemmAvx512 = kGemmTiles<kRows, kPointwiseAvx512Tile.nr / kLanes>;
constinit const GemmTilesF32 kGemvAvx512 = kGemmTiles<1, kFullyConnectedAvx512Tile.nr / kLanes>;

}  // namespace mobilenet
