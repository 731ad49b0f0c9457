// Convolution of any window, stride, padding and groups.
//   output[oh, ow, n] = clamp(bias[n] + sum over kh, kw, ic of weights[n, kh, kw, ic] *
//       input[oh*stride + kh - pad_top, ow*stride + kw - pad_left, g * IC/groups + ic])
// and for qu8, qs8
//   output[oh, ow, n] = requantize(bias[n] + sum over kh, kw, ic of
//       (input[as above] - input_zero_point) * (weights[n, kh, kw, ic] - weights_zero_point))
// with 0 for what lies outside the input, and g = n / (OC/groups): ic runs over the IC/groups channels of n's
// group.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

// geometry            sizes, window, stride, padding, groups, strides of the maps; ConvK() <= kMaxGemmK
// row_begin, row_end  rows of the output to compute
// input               row 0, [IH, IW, IC]; may be read up to 16 bytes past its end
// packed              from PackConvFloat, with the tile of the kernel's list entry
// output              row 0, [OH, OW, OC]; nothing else is written
template <typename T>
using ConvFloat = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                       const void* packed, T* output, const ClampF32& clamp);
using ConvF32 = ConvFloat<float>;
using ConvF16 = ConvFloat<Half>;

// As above; from PackConvQ8.
template <typename T>
using ConvQ8 = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                    const void* packed, T* output, const ConvQuantization<T>& quantization);

// Products of one output: KH * KW * IC/groups.
int ConvK(const ConvGeometry& geometry);

// Packed as common/pack_gemm.h says, one group after the other, with N = OC/groups and K = ConvK() in the
// order kh, kw, ic. The input zero point is folded into the bias: a kernel multiplies the input as it is, and
// everything outside is input_zero_point. Of the geometry, channels, window and groups count. weights [OC,
// KH, KW, IC/groups], bias [OC], scales [OC] from RequantizationScale()
// T is float, or Half for f16.
template <typename T>
size_t PackedBytesConvFloat(const ConvGeometry& geometry, PackTile tile);
size_t PackedBytesConvQ8(const ConvGeometry& geometry, PackTile tile);
template <typename T>
void PackConvFloat(const ConvGeometry& geometry, const float* weights, const float* bias, PackTile tile,
                   void* packed);
template <typename T>
void PackConvQ8(const ConvGeometry& geometry, const T* weights, const int32_t* bias, const float* scales,
                T weights_zero_point, T input_zero_point, PackTile tile, void* packed);

// Those of f32 for x86-64 read the input in place (conv_f32_x86.cc). Each of the others copies patches of it
// side by side, and leaves the products to the pointwise kernel of the same type and ISA. All have the tile
// of that kernel.
ConvF16 conv_f16_neonfp16;
ConvF32 conv_f32_avx512;
ConvF32 conv_f32_avx2;
ConvF32 conv_f32_neon;
ConvF32 conv_f32_scalar;
ConvQ8<uint8_t> conv_qu8_avx512vnni;
ConvQ8<uint8_t> conv_qu8_neondot;
ConvQ8<uint8_t> conv_qu8_neon;
ConvQ8<uint8_t> conv_qu8_scalar;
ConvQ8<int8_t> conv_qs8_avx512vnni;
ConvQ8<int8_t> conv_qs8_neondot;
ConvQ8<int8_t> conv_qs8_neon;
ConvQ8<int8_t> conv_qs8_scalar;

#if MOBILENET_HAVE_NEONFP16
inline constexpr KernelEntry<ConvF16> kConvF16[] = {
    {"conv_f16_neonfp16", Isa::kNeonFp16, conv_f16_neonfp16, kPointwiseNeonFp16Tile},
};
#endif
inline constexpr KernelEntry<ConvF32> kConvF32[] = {
#if MOBILENET_HAVE_AVX
    {"conv_f32_avx512", Isa::kAvx512, conv_f32_avx512, kPointwiseAvx512Tile},
    {"conv_f32_avx2", Isa::kAvx2, conv_f32_avx2, kPointwiseAvx2Tile},
#endif
#if MOBILENET_HAVE_NEON
    {"conv_f32_neon", Isa::kNeon, conv_f32_neon, kPointwiseNeonTileF32},
#endif
    {"conv_f32_scalar", Isa::kScalar, conv_f32_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<ConvQ8<uint8_t>> kConvQu8[] = {
#if MOBILENET_HAVE_AVX
    {"conv_qu8_avx512vnni", Isa::kAvx512Vnni, conv_qu8_avx512vnni, kPointwiseAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"conv_qu8_neondot", Isa::kNeonDot, conv_qu8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"conv_qu8_neon", Isa::kNeon, conv_qu8_neon, kPointwiseNeonTileQ8},
#endif
    {"conv_qu8_scalar", Isa::kScalar, conv_qu8_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<ConvQ8<int8_t>> kConvQs8[] = {
#if MOBILENET_HAVE_AVX
    {"conv_qs8_avx512vnni", Isa::kAvx512Vnni, conv_qs8_avx512vnni, kPointwiseAvx512VnniTile},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"conv_qs8_neondot", Isa::kNeonDot, conv_qs8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"conv_qs8_neon", Isa::kNeon, conv_qs8_neon, kPointwiseNeonTileQ8},
#endif
    {"conv_qs8_scalar", Isa::kScalar, conv_qs8_scalar, kGemmScalarTile},
};

}  // namespace mobilenet
