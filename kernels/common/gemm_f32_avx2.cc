#include "kernels/common/gemm_tile_f32_x86.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

// Sums for 6 rows of two vectors take 12 of AVX2's 16 registers; the others hold the weights and an input.
constexpr int kRows = 6;

constinit const GemmTilesF32 kGemmAvx2 = kGemmTiles<kRows, kPointwiseAvx2Tile.nr / kLanes>;
constinit const GemmTilesF32 kGemvAvx2 = kGemmTiles<1, kFullyConnectedAvx2Tile.nr / kLanes>;

}  // namespace mobilenet
