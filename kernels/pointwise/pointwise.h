// Pointwise (1x1) convolution, a matrix product over the pixels: M = OH*OW, K = IC, N = OC.
//   output[m, n] = clamp(bias[n] + sum over k of input[m, k] * weights[n, k])
// and for qu8, qs8
//   output[m, n] = requantize(bias[n] + sum over k of (input[m, k] - input_zero_point) *
//                                                     (weights[n, k] - weights_zero_point))
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"

namespace mobilenet {

// m              pixels: any range of them; `input` and `output` point to its first
// n              output channels: any range that begins a block; `packed` and `output` point there
// k              input channels
// input          [M, K], input_stride >= K elements from pixel to pixel; 16 bytes past its end may be read
// packed         PackGemmFloat of weights [N, K] and bias [N], with the tile of the kernel's list entry
// output         [M, N], output_stride >= N elements from pixel to pixel; nothing else is written
template <typename T>
using PointwiseFloat = void(int m, int n, int k, const T* input, std::ptrdiff_t input_stride,
                            const void* packed, T* output, std::ptrdiff_t output_stride,
                            const ClampF32& clamp);
using PointwiseF32 = PointwiseFloat<float>;
using PointwiseF16 = PointwiseFloat<Half>;

// As above; packed by PackGemmQ8, with the input zero point folded into the bias. K <= kMaxGemmK: int32 holds
// the sum.
template <typename T>
using PointwiseQ8 = void(int m, int n, int k, const T* input, std::ptrdiff_t input_stride, const void* packed,
                         T* output, std::ptrdiff_t output_stride, const ConvQuantization<T>& quantization);

// The tiles of the NEON kernels' packed weights.
inline constexpr PackTile kPointwiseNeonTileF32 = {8, 1};
inline constexpr PackTile kPointwiseNeonFp16Tile = {16, 1};
inline constexpr PackTile kPointwiseNeonTileQ8 = kTurnedTile;
inline constexpr PackTile kPointwiseNeonDotTile = {8, 4, PackForm::kSignedSum};

// Those of the kernels for x86-64.
inline constexpr PackTile kPointwiseAvx2Tile = {16, 1};
inline constexpr PackTile kPointwiseAvx512VnniTile = {32, 4, PackForm::kUnsignedInputs};
inline constexpr PackTile kPointwiseAvx512Tile = {32, 1};

PointwiseF16 pointwise_f16_neonfp16;
PointwiseF32 pointwise_f32_avx512;
PointwiseF32 pointwise_f32_avx2;
PointwiseF32 pointwise_f32_neon;
PointwiseF32 pointwise_f32_scalar;
PointwiseQ8<uint8_t> pointwise_qu8_avx512vnni;
PointwiseQ8<uint8_t> pointwise_qu8_neondot;
PointwiseQ8<uint8_t> pointwise_qu8_neon;
PointwiseQ8<uint8_t> pointwise_qu8_scalar;
PointwiseQ8<int8_t> pointwise_qs8_avx512vnni;
PointwiseQ8<int8_t> pointwise_qs8_neondot;
PointwiseQ8<int8_t> pointwise_qs8_neon;
PointwiseQ8<int8_t> pointwise_qs8_scalar;

#if MOBILENET_HAVE_NEONFP16
inline constexpr KernelEntry<PointwiseF16> kPointwiseF16[] = {
    {"pointwise_f16_neonfp16", Isa::kNeonFp16, pointwise_f16_neonfp16, kPointwiseNeonFp16Tile},
};
#endif
inline constexpr KernelEntry<PointwiseF32> kPointwiseF32[] = {
#if MOBILENET_HAVE_AVX
    {"pointwise_f32_avx512", Isa::kAvx512, pointwise_f32_avx512, kPointwiseAvx512Tile},
    {"pointwise_f32_avx2", Isa::kAvx2, pointwise_f32_avx2, kPointwiseAvx2Tile},
#endif
#if MOBILENET_HAVE_NEON
    {"pointwise_f32_neon", Isa::kNeon, pointwise_f32_neon, kPointwiseNeonTileF32},
#endif
    {"pointwise_f32_scalar", Isa::kScalar, pointwise_f32_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<PointwiseQ8<uint8_t>> kPointwiseQu8[] = {
#if MOBILENET_HAVE_AVX
    {"pointwise_qu8_avx512vnni", Isa::kAvx512Vnni, pointwise_qu8_avx512vnni, kPointwiseAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"pointwise_qu8_neondot", Isa::kNeonDot, pointwise_qu8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"pointwise_qu8_neon", Isa::kNeon, pointwise_qu8_neon, kPointwiseNeonTileQ8},
#endif
    {"pointwise_qu8_scalar", Isa::kScalar, pointwise_qu8_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<PointwiseQ8<int8_t>> kPointwiseQs8[] = {
#if MOBILENET_HAVE_AVX
    {"pointwise_qs8_avx512vnni", Isa::kAvx512Vnni, pointwise_qs8_avx512vnni, kPointwiseAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"pointwise_qs8_neondot", Isa::kNeonDot, pointwise_qs8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"pointwise_qs8_neon", Isa::kNeon, pointwise_qs8_neon, kPointwiseNeonTileQ8},
#endif
    {"pointwise_qs8_scalar", Isa::kScalar, pointwise_qs8_scalar, kGemmScalarTile},
};

}  // namespace mobilenet
