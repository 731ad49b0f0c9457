// Fully connected layer, a matrix by a vector: N = OC, K = IC.
//   output[n] = clamp(bias[n] + sum over k of input[k] * weights[n, k])
// and for qu8, qs8
//   output[n] = requantize(bias[n] + sum over k of (input[k] - input_zero_point) *
//                                                  (weights[n, k] - weights_zero_point))
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {

// n              outputs: any range that begins a block; `packed` and `output` point there
// k              inputs
// input          [K]; may be read up to 16 bytes past its end
// packed         PackGemmFloat of weights [N, K] and bias [N], with the tile of the kernel's list entry
// output         [N]; nothing else is written
template <typename T>
using FullyConnectedFloat = void(int n, int k, const T* input, const void* packed, T* output,
                                 const ClampF32& clamp);
using FullyConnectedF32 = FullyConnectedFloat<float>;
using FullyConnectedF16 = FullyConnectedFloat<Half>;

// As above; packed by PackGemmQ8, with the input zero point folded into the bias. K <= kMaxGemmK: int32 holds
// the sum.
template <typename T>
using FullyConnectedQ8 = void(int n, int k, const T* input, const void* packed, T* output,
                              const ConvQuantization<T>& quantization);

// The tiles of the NEON kernels' packed weights. With one row it takes 16 channels to have enough independent
// sums.
inline constexpr PackTile kFullyConnectedNeonTileF32 = {16, 1};
inline constexpr PackTile kFullyConnectedNeonFp16Tile = {32, 1};
inline constexpr PackTile kFullyConnectedNeonTileQ8 = kTurnedTile;
inline constexpr PackTile kFullyConnectedNeonDotTile = {16, 4, PackForm::kSignedSum};

// Those of the kernels for x86-64.
inline constexpr PackTile kFullyConnectedAvx2Tile = {32, 1};
inline constexpr PackTile kFullyConnectedAvx512VnniTile = {64, 4, PackForm::kUnsignedInputs};
inline constexpr PackTile kFullyConnectedAvx512Tile = {64, 1};

FullyConnectedF16 fully_connected_f16_neonfp16;
FullyConnectedF32 fully_connected_f32_avx512;
FullyConnectedF32 fully_connected_f32_avx2;
FullyConnectedF32 fully_connected_f32_neon;
FullyConnectedF32 fully_connected_f32_scalar;
FullyConnectedQ8<uint8_t> fully_connected_qu8_avx512vnni;
FullyConnectedQ8<uint8_t> fully_connected_qu8_neondot;
FullyConnectedQ8<uint8_t> fully_connected_qu8_neon;
FullyConnectedQ8<uint8_t> fully_connected_qu8_scalar;
FullyConnectedQ8<int8_t> fully_connected_qs8_avx512vnni;
FullyConnectedQ8<int8_t> fully_connected_qs8_neondot;
FullyConnectedQ8<int8_t> fully_connected_qs8_neon;
FullyConnectedQ8<int8_t> fully_connected_qs8_scalar;

#if MOBILENET_HAVE_NEONFP16
inline constexpr KernelEntry<FullyConnectedF16> kFullyConnectedF16[] = {
    {"fully_connected_f16_neonfp16", Isa::kNeonFp16, fully_connected_f16_neonfp16,
     kFullyConnectedNeonFp16Tile},
};
#endif
inline constexpr KernelEntry<FullyConnectedF32> kFullyConnectedF32[] = {
#if MOBILENET_HAVE_AVX
    {"fully_connected_f32_avx512", Isa::kAvx512, fully_connected_f32_avx512, kFullyConnectedAvx512Tile},
    {"fully_connected_f32_avx2", Isa::kAvx2, fully_connected_f32_avx2, kFullyConnectedAvx2Tile},
#endif
#if MOBILENET_HAVE_NEON
    {"fully_connected_f32_neon", Isa::kNeon, fully_connected_f32_neon, kFullyConnectedNeonTileF32},
#endif
    {"fully_connected_f32_scalar", Isa::kScalar, fully_connected_f32_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<FullyConnectedQ8<uint8_t>> kFullyConnectedQu8[] = {
#if MOBILENET_HAVE_AVX
    {"fully_connected_qu8_avx512vnni", Isa::kAvx512Vnni, fully_connected_qu8_avx512vnni,
     kFullyConnectedAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"fully_connected_qu8_neondot", Isa::kNeonDot, fully_connected_qu8_neondot, kFullyConnectedNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"fully_connected_qu8_neon", Isa::kNeon, fully_connected_qu8_neon, kFullyConnectedNeonTileQ8},
#endif
    {"fully_connected_qu8_scalar", Isa::kScalar, fully_connected_qu8_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<FullyConnectedQ8<int8_t>> kFullyConnectedQs8[] = {
#if MOBILENET_HAVE_AVX
    {"fully_connected_qs8_avx512vnni", Isa::kAvx512Vnni, fully_connected_qs8_avx512vnni,
     kFullyConnectedAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"fully_connected_qs8_neondot", Isa::kNeonDot, fully_connected_qs8_neondot, kFullyConnectedNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"fully_connected_qs8_neon", Isa::kNeon, fully_connected_qs8_neon, kFullyConnectedNeonTileQ8},
#endif
    {"fully_connected_qs8_scalar", Isa::kScalar, fully_connected_qs8_scalar, kGemmScalarTile},
};

}  // namespace mobilenet
