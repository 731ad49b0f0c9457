// Depthwise convolution of any window, stride and padding: every channel for itself.
//   output[oh, ow, c] = clamp(bias[c] + sum over kh, kw of
//       input[oh*stride + kh - pad_top, ow*stride + kw - pad_left, c] * weights[kh, kw, c])
// and for qu8, qs8
//   output[oh, ow, c] = requantize(bias[c] + sum over kh, kw of
//       (input[as above] - input_zero_point) * (weights[kh, kw, c] - weights_zero_point))
// with 0 for what lies outside the input.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"

namespace mobilenet {

// geometry            sizes (IC = OC = C), window, stride, padding, strides of the maps; KH * KW <= kMaxGemmK
// row_begin, row_end  rows of the output to compute
// input               row 0, [IH, IW, C]; may be read up to 16 bytes past its end
// packed              from PackDwconvFloat, with the tile of the kernel's list entry
// output              row 0, [OH, OW, C]; nothing else is written
template <typename T>
using DwconvFloat = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                         const void* packed, T* output, const ClampF32& clamp);
using DwconvF32 = DwconvFloat<float>;
using DwconvF16 = DwconvFloat<Half>;

// As above; packed by PackDwconvQ8.
template <typename T>
using DwconvQ8 = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                      const void* packed, T* output, const ConvQuantization<T>& quantization);

// Packed in blocks of tile.nr channels (a multiple of 4); the last is filled up with channels that compute 0:
//   f32, f16  nr biases, then the weights (float, Half: rounded to it)
//   qu8, qs8  a PackedBlockHeader (pack_q8.h) except with PackForm::kPlain,
//             nr biases (int32), nr requantisation scales (float),
//             then the weights (1 byte each)
// where the weights of a block are [KH, KW, nr]. Of the geometry, output channels and window matter. weights
// [KH, KW, C], bias [C], scales [C] from RequantizationScale(); packed is aligned to 4. The packed bias is
// bias[c] - input_zero_point * sum over kh, kw of (weights[kh, kw, c] - weights_zero_point), modulo 2^32: a
// kernel multiplies the input as it is, and what lies outside is input_zero_point.
//
// With PackForm::kSignedSum and kTermsSum a kernel multiplies int8, for qu8 input - 128, by weights less
// their zero point, and kSumOfZero is added to the bias, if the block's header (pack_q8.h) says that the sums
// are small. If not, what follows the header is as with kPlain, whatever tile.kr is, and filled up with 0 at
// its end. The header says it if the sums of all channels of the block are small, and
//   kSignedSum  the weights are signed
//   kTermsSum   the weights are signed, or sums of two int8, as all except 255 are; then second terms
//               follow the first ones
// With PackForm::kUnsignedInputs it multiplies uint8, for qs8 input + 128, by weights less their zero point
// if the header says that they are signed, and otherwise, for qu8, by weights less 128: then it adds (128 -
// weights_zero_point) times the sum of the inputs. Its sums are integers. With kr > 1 the weights of a block
// are, for each column of the window and each group of kr taps in it, nr times kr values, channel by channel;
// the last group is filled up with 0.
// T is float, or Half for f16.
template <typename T>
size_t PackedBlockBytesDwconvFloat(const ConvGeometry& geometry, PackTile tile);
size_t PackedBlockBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile);
template <typename T>
size_t PackedBytesDwconvFloat(const ConvGeometry& geometry, PackTile tile);
size_t PackedBytesDwconvQ8(const ConvGeometry& geometry, PackTile tile);
template <typename T>
void PackDwconvFloat(const ConvGeometry& geometry, const float* weights, const float* bias, PackTile tile,
                     void* packed);
template <typename T>
void PackDwconvQ8(const ConvGeometry& geometry, const T* weights, const int32_t* bias, const float* scales,
                  T weights_zero_point, T input_zero_point, PackTile tile, void* packed);

// Those that have a window in their names compute only that; the entry says so.
DwconvF16 dwconv_f16_3x3_neonfp16;
DwconvF16 dwconv_f16_5x5_neonfp16;
DwconvF32 dwconv_f32_3x3_avx512;
DwconvF32 dwconv_f32_3x3_avx2;
DwconvF32 dwconv_f32_3x3_neon;
DwconvF32 dwconv_f32_5x5_neon;
DwconvF32 dwconv_f32_scalar;
DwconvQ8<uint8_t> dwconv_qu8_3x3_avx512vnni;
DwconvQ8<uint8_t> dwconv_qu8_5x5_avx512vnni;
DwconvQ8<uint8_t> dwconv_qu8_3x3_neondot;
DwconvQ8<uint8_t> dwconv_qu8_5x5_neondot;
DwconvQ8<uint8_t> dwconv_qu8_3x3_neon;
DwconvQ8<uint8_t> dwconv_qu8_5x5_neon;
DwconvQ8<uint8_t> dwconv_qu8_scalar;
DwconvQ8<int8_t> dwconv_qs8_3x3_avx512vnni;
DwconvQ8<int8_t> dwconv_qs8_5x5_avx512vnni;
DwconvQ8<int8_t> dwconv_qs8_3x3_neondot;
DwconvQ8<int8_t> dwconv_qs8_5x5_neondot;
DwconvQ8<int8_t> dwconv_qs8_3x3_neon;
DwconvQ8<int8_t> dwconv_qs8_5x5_neon;
DwconvQ8<int8_t> dwconv_qs8_scalar;

inline constexpr PackTile kDwconvNeonTileF32 = {8, 1};
inline constexpr PackTile kDwconvNeonFp16Tile = {8, 1};
inline constexpr PackTile kDwconvNeonTileQ8 = {8, 1, PackForm::kSignedSum};
inline constexpr PackTile kDwconvNeonDotTileQu8 = {8, 4, PackForm::kTermsSum};
inline constexpr PackTile kDwconvNeonDotTileQs8 = {8, 4, PackForm::kSignedSum};
inline constexpr PackTile kDwconvAvx2Tile = {8, 1};
inline constexpr PackTile kDwconvAvx512Tile = {16, 1};
inline constexpr PackTile kDwconvAvx512VnniTile = {16, 4, PackForm::kUnsignedInputs};
inline constexpr PackTile kDwconvScalarTile = {8, 1};

#if MOBILENET_HAVE_NEONFP16
// There are none for other windows.
inline constexpr KernelEntry<DwconvF16> kDwconvF16[] = {
    {"dwconv_f16_3x3_neonfp16", Isa::kNeonFp16, dwconv_f16_3x3_neonfp16, kDwconvNeonFp16Tile, 3},
    {"dwconv_f16_5x5_neonfp16", Isa::kNeonFp16, dwconv_f16_5x5_neonfp16, kDwconvNeonFp16Tile, 5},
};
#endif
inline constexpr KernelEntry<DwconvF32> kDwconvF32[] = {
#if MOBILENET_HAVE_AVX
    {"dwconv_f32_3x3_avx512", Isa::kAvx512, dwconv_f32_3x3_avx512, kDwconvAvx512Tile, 3},
    {"dwconv_f32_3x3_avx2", Isa::kAvx2, dwconv_f32_3x3_avx2, kDwconvAvx2Tile, 3},
#endif
#if MOBILENET_HAVE_NEON
    {"dwconv_f32_3x3_neon", Isa::kNeon, dwconv_f32_3x3_neon, kDwconvNeonTileF32, 3},
    {"dwconv_f32_5x5_neon", Isa::kNeon, dwconv_f32_5x5_neon, kDwconvNeonTileF32, 5},
#endif
    {"dwconv_f32_scalar", Isa::kScalar, dwconv_f32_scalar, kDwconvScalarTile},
};
inline constexpr KernelEntry<DwconvQ8<uint8_t>> kDwconvQu8[] = {
#if MOBILENET_HAVE_AVX
    {"dwconv_qu8_3x3_avx512vnni", Isa::kAvx512Vnni, dwconv_qu8_3x3_avx512vnni, kDwconvAvx512VnniTile, 3},
    {"dwconv_qu8_5x5_avx512vnni", Isa::kAvx512Vnni, dwconv_qu8_5x5_avx512vnni, kDwconvAvx512VnniTile, 5},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"dwconv_qu8_3x3_neondot", Isa::kNeonDot, dwconv_qu8_3x3_neondot, kDwconvNeonDotTileQu8, 3},
    {"dwconv_qu8_5x5_neondot", Isa::kNeonDot, dwconv_qu8_5x5_neondot, kDwconvNeonDotTileQu8, 5},
#endif
#if MOBILENET_HAVE_NEON
    {"dwconv_qu8_3x3_neon", Isa::kNeon, dwconv_qu8_3x3_neon, kDwconvNeonTileQ8, 3},
    {"dwconv_qu8_5x5_neon", Isa::kNeon, dwconv_qu8_5x5_neon, kDwconvNeonTileQ8, 5},
#endif
    {"dwconv_qu8_scalar", Isa::kScalar, dwconv_qu8_scalar, kDwconvScalarTile},
};
inline constexpr KernelEntry<DwconvQ8<int8_t>> kDwconvQs8[] = {
#if MOBILENET_HAVE_AVX
    {"dwconv_qs8_3x3_avx512vnni", Isa::kAvx512Vnni, dwconv_qs8_3x3_avx512vnni, kDwconvAvx512VnniTile, 3},
    {"dwconv_qs8_5x5_avx512vnni", Isa::kAvx512Vnni, dwconv_qs8_5x5_avx512vnni, kDwconvAvx512VnniTile, 5},
#endif
#if MOBILENET_HAVE_NEONDOT
    {"dwconv_qs8_3x3_neondot", Isa::kNeonDot, dwconv_qs8_3x3_neondot, kDwconvNeonDotTileQs8, 3},
    {"dwconv_qs8_5x5_neondot", Isa::kNeonDot, dwconv_qs8_5x5_neondot, kDwconvNeonDotTileQs8, 5},
#endif
#if MOBILENET_HAVE_NEON
    {"dwconv_qs8_3x3_neon", Isa::kNeon, dwconv_qs8_3x3_neon, kDwconvNeonTileQ8, 3},
    {"dwconv_qs8_5x5_neon", Isa::kNeon, dwconv_qs8_5x5_neon, kDwconvNeonTileQ8, 5},
#endif
    {"dwconv_qs8_scalar", Isa::kScalar, dwconv_qs8_scalar, kDwconvScalarTile},
};

}  // namespace mobilenet
