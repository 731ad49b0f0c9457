// A copy of a feature map to another place: into its range of channels of a concatenation, to another
// quantisation, or through an activation that is a layer of its own.
//   output[p, c] = clamp(input[p, c])
// and for qu8, qs8
//   output[p, c] = clamp and round((input[p, c] - input_zero_point) * scale)
// as in common/requantize.h, with the input's scale divided by the output's. With equal quantisations it
// changes no value.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/requantize.h"

namespace mobilenet {

// pixels    any range of them; the pointers point to its first
// channels  the same
// input     [P, C], input_stride >= C elements from pixel to pixel; 16 bytes past its end may be read
// output    [P, C], output_stride >= C elements from pixel to pixel; nothing else is written. May be the
//           input, then with the same stride
using CopyF32 = void(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                     std::ptrdiff_t output_stride, const ClampF32& clamp);

template <typename T>
struct CopyQuantization {
  T input_zero_point;
  float scale;  // RescaleFactor() of the input's scale and the output's
  QuantizedOutput<T> output;
};
template <typename T>
using CopyQ8 = void(int pixels, int channels, const T* input, std::ptrdiff_t input_stride, T* output,
                    std::ptrdiff_t output_stride, const CopyQuantization<T>& quantization);

CopyF32 copy_f32_neon;
CopyF32 copy_f32_scalar;
CopyQ8<uint8_t> copy_qu8_neon;
CopyQ8<uint8_t> copy_qu8_scalar;
CopyQ8<int8_t> copy_qs8_neon;
CopyQ8<int8_t> copy_qs8_scalar;

inline constexpr KernelEntry<CopyF32> kCopyF32[] = {
#if MOBILENET_HAVE_NEON
    {"copy_f32_neon", Isa::kNeon, copy_f32_neon},
#endif
    {"copy_f32_scalar", Isa::kScalar, copy_f32_scalar},
};
inline constexpr KernelEntry<CopyQ8<uint8_t>> kCopyQu8[] = {
#if MOBILENET_HAVE_NEON
    {"copy_qu8_neon", Isa::kNeon, copy_qu8_neon},
#endif
    {"copy_qu8_scalar", Isa::kScalar, copy_qu8_scalar},
};
inline constexpr KernelEntry<CopyQ8<int8_t>> kCopyQs8[] = {
#if MOBILENET_HAVE_NEON
    {"copy_qs8_neon", Isa::kNeon, copy_qs8_neon},
#endif
    {"copy_qs8_scalar", Isa::kScalar, copy_qs8_scalar},
};

}  // namespace mobilenet
