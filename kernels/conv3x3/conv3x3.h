// 3x3 convolution with padding, the network's first layer.
//   output[oh, ow, n] = clamp(bias[n] + sum over kh, kw, ic of
//       input[oh*stride + kh - pad_top, ow*stride + kw - pad_left, ic] * weights[n, kh, kw, ic])
// and for qu8, qs8
//   output[oh, ow, n] = requantize(bias[n] + sum over kh, kw, ic of
//       (input[as above] - input_zero_point) * (weights[n, kh, kw, ic] - weights_zero_point))
// with 0 for what lies outside the input.
#pragma once

#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/pack_gemm.h"
#include "kernels/pointwise/pointwise.h"

namespace mobilenet {

// geometry            input and output sizes, row strides, stride 1 or 2, padding
// row_begin, row_end  rows of the output to compute
// input               row 0, [IH, IW, IC]; may be read up to 16 bytes past its end
// packed              from PackConv3x3F32, with the tile of the kernel's list entry
// output              row 0, [OH, OW, OC]; nothing else is written
// 9 * IC <= kMaxGemmK
using Conv3x3F32 = void(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                        const void* packed, float* output, const ClampF32& clamp);

// As above; from PackConv3x3Q8.
template <typename T>
using Conv3x3Q8 = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                       const void* packed, T* output, const ConvQuantization<T>& quantization);

// Packed as common/pack_gemm.h says, with N = OC and K = 9 * IC in the order kh, kw, ic. The input zero point
// is folded into the bias: a kernel multiplies the input as it is, and what lies outside is input_zero_point.
// weights [OC, 3, 3, IC], bias [OC], scales [OC] from RequantizationScale()
size_t PackedBytesConv3x3F32(int output_channels, int input_channels, PackTile tile);
size_t PackedBytesConv3x3Q8(int output_channels, int input_channels, PackTile tile);
void PackConv3x3F32(int output_channels, int input_channels, const float* weights, const float* bias,
                    PackTile tile, void* packed);
template <typename T>
void PackConv3x3Q8(int output_channels, int input_channels, const T* weights, const int32_t* bias,
                   const float* scales, T weights_zero_point, T input_zero_point, PackTile tile,
                   void* packed);

// Each copies patches of the input side by side, and leaves the products to pointwise's kernel of the same
// type and ISA, whose tile it has.
Conv3x3F32 conv3x3_f32_neon;
Conv3x3F32 conv3x3_f32_scalar;
Conv3x3Q8<uint8_t> conv3x3_qu8_neondot;
Conv3x3Q8<uint8_t> conv3x3_qu8_neon;
Conv3x3Q8<uint8_t> conv3x3_qu8_scalar;
Conv3x3Q8<int8_t> conv3x3_qs8_neondot;
Conv3x3Q8<int8_t> conv3x3_qs8_neon;
Conv3x3Q8<int8_t> conv3x3_qs8_scalar;

inline constexpr KernelEntry<Conv3x3F32> kConv3x3F32[] = {
#if MOBILENET_HAVE_NEON
    {"conv3x3_f32_neon", Isa::kNeon, conv3x3_f32_neon, kPointwiseNeonTileF32},
#endif
    {"conv3x3_f32_scalar", Isa::kScalar, conv3x3_f32_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<Conv3x3Q8<uint8_t>> kConv3x3Qu8[] = {
#if MOBILENET_HAVE_NEONDOT
    {"conv3x3_qu8_neondot", Isa::kNeonDot, conv3x3_qu8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"conv3x3_qu8_neon", Isa::kNeon, conv3x3_qu8_neon, kPointwiseNeonTileQu8},
#endif
    {"conv3x3_qu8_scalar", Isa::kScalar, conv3x3_qu8_scalar, kGemmScalarTile},
};
inline constexpr KernelEntry<Conv3x3Q8<int8_t>> kConv3x3Qs8[] = {
#if MOBILENET_HAVE_NEONDOT
    {"conv3x3_qs8_neondot", Isa::kNeonDot, conv3x3_qs8_neondot, kPointwiseNeonDotTile},
#endif
#if MOBILENET_HAVE_NEON
    {"conv3x3_qs8_neon", Isa::kNeon, conv3x3_qs8_neon, kPointwiseNeonTileQs8},
#endif
    {"conv3x3_qs8_scalar", Isa::kScalar, conv3x3_qs8_scalar, kGemmScalarTile},
};

}  // namespace mobilenet
