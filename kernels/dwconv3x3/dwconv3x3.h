// Depthwise 3x3 convolution with padding: every channel by itself.
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
#include "kernels/common/kernel_list.h"

namespace mobilenet {

// geometry            input and output sizes (IC = OC = C), row strides, stride 1 or 2, padding
// row_begin, row_end  rows of the output to compute
// input               row 0, [IH, IW, C]; may be read up to 16 bytes past its end
// packed              from PackDwconv3x3F32, with the tile of the kernel's list entry
// output              row 0, [OH, OW, C]; nothing else is written
using Dwconv3x3F32 = void(const ConvGeometry& geometry, int row_begin, int row_end, const float* input,
                          const void* packed, float* output, const ClampF32& clamp);

// As above; from PackDwconv3x3Q8.
template <typename T>
using Dwconv3x3Q8 = void(const ConvGeometry& geometry, int row_begin, int row_end, const T* input,
                         const void* packed, T* output, const ConvQuantization<T>& quantization);

// Packed in blocks of tile.nr channels (a multiple of 4; tile.kr is 1); the last is filled up with channels
// that compute 0:
//   f32       nr biases (float), 9 x nr weights (float)
//   qu8, qs8  nr biases (int32), nr requantisation scales (float), 9 x nr weights (1 byte each)
// weights [3, 3, C], bias [C], scales [C] from RequantizationScale(); packed is aligned to 4
// The packed bias is bias[c] - input_zero_point * sum over kh, kw of (weights[kh, kw, c] -
// weights_zero_point), modulo 2^32: a kernel multiplies the input as it is, and what lies outside is
// input_zero_point.
size_t PackedBytesDwconv3x3F32(int channels, PackTile tile);
size_t PackedBytesDwconv3x3Q8(int channels, PackTile tile);
void PackDwconv3x3F32(int channels, const float* weights, const float* bias, PackTile tile, void* packed);
template <typename T>
void PackDwconv3x3Q8(int channels, const T* weights, const int32_t* bias, const float* scales,
                     T weights_zero_point, T input_zero_point, PackTile tile, void* packed);

Dwconv3x3F32 dwconv3x3_f32_neon;
Dwconv3x3F32 dwconv3x3_f32_scalar;
Dwconv3x3Q8<uint8_t> dwconv3x3_qu8_neon;
Dwconv3x3Q8<uint8_t> dwconv3x3_qu8_scalar;
Dwconv3x3Q8<int8_t> dwconv3x3_qs8_neon;
Dwconv3x3Q8<int8_t> dwconv3x3_qs8_scalar;

inline constexpr PackTile kDwconv3x3NeonTile = {8, 1};
inline constexpr PackTile kDwconv3x3ScalarTile = {8, 1};

inline constexpr KernelEntry<Dwconv3x3F32> kDwconv3x3F32[] = {
#if MOBILENET_HAVE_NEON
    {"dwconv3x3_f32_neon", Isa::kNeon, dwconv3x3_f32_neon, kDwconv3x3NeonTile},
#endif
    {"dwconv3x3_f32_scalar", Isa::kScalar, dwconv3x3_f32_scalar, kDwconv3x3ScalarTile},
};
inline constexpr KernelEntry<Dwconv3x3Q8<uint8_t>> kDwconv3x3Qu8[] = {
#if MOBILENET_HAVE_NEON
    {"dwconv3x3_qu8_neon", Isa::kNeon, dwconv3x3_qu8_neon, kDwconv3x3NeonTile},
#endif
    {"dwconv3x3_qu8_scalar", Isa::kScalar, dwconv3x3_qu8_scalar, kDwconv3x3ScalarTile},
};
inline constexpr KernelEntry<Dwconv3x3Q8<int8_t>> kDwconv3x3Qs8[] = {
#if MOBILENET_HAVE_NEON
    {"dwconv3x3_qs8_neon", Isa::kNeon, dwconv3x3_qs8_neon, kDwconv3x3NeonTile},
#endif
    {"dwconv3x3_qs8_scalar", Isa::kScalar, dwconv3x3_qs8_scalar, kDwconv3x3ScalarTile},
};

}  // namespace mobilenet
