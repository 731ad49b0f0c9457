// Residual addition, of two feature maps of the same shape.
//   output[p, c] = clamp(a[p, c] + b[p, c])
// and for qu8, qs8
//   output[p, c] = clamp and round((a[p, c] - a_zero_point) * a_scale + (b[p, c] - b_zero_point) * b_scale)
// in float, both products and the sum rounded, then ClampAndRound of common/requantize.h, so that the result
// is the same on every CPU. Each scale is an input's divided by the output's.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/requantize.h"

namespace mobilenet {

// pixels    any range of them; the pointers point to its first
// channels  the same
// a, b      [P, C], a_stride and b_stride >= C elements from pixel to pixel; 16 bytes past the end may be
//           read
// output    [P, C], output_stride >= C elements from pixel to pixel; nothing else is written. May be a or b,
//           then with the same stride
using AddF32 = void(int pixels, int channels, const float* a, std::ptrdiff_t a_stride, const float* b,
                    std::ptrdiff_t b_stride, float* output, std::ptrdiff_t output_stride,
                    const ClampF32& clamp);

template <typename T>
struct AddQuantization {
  T a_zero_point;
  T b_zero_point;
  float a_scale;  // RescaleFactor() of a's scale and the output's
  float b_scale;
  QuantizedOutput<T> output;
};
template <typename T>
using AddQ8 = void(int pixels, int channels, const T* a, std::ptrdiff_t a_stride, const T* b,
                   std::ptrdiff_t b_stride, T* output, std::ptrdiff_t output_stride,
                   const AddQuantization<T>& quantization);

AddF32 add_f32_neon;
AddF32 add_f32_scalar;
AddQ8<uint8_t> add_qu8_neon;
AddQ8<uint8_t> add_qu8_scalar;
AddQ8<int8_t> add_qs8_neon;
AddQ8<int8_t> add_qs8_scalar;

inline constexpr KernelEntry<AddF32> kAddF32[] = {
#if MOBILENET_HAVE_NEON
    {"add_f32_neon", Isa::kNeon, add_f32_neon},
#endif
    {"add_f32_scalar", Isa::kScalar, add_f32_scalar},
};
inline constexpr KernelEntry<AddQ8<uint8_t>> kAddQu8[] = {
#if MOBILENET_HAVE_NEON
    {"add_qu8_neon", Isa::kNeon, add_qu8_neon},
#endif
    {"add_qu8_scalar", Isa::kScalar, add_qu8_scalar},
};
inline constexpr KernelEntry<AddQ8<int8_t>> kAddQs8[] = {
#if MOBILENET_HAVE_NEON
    {"add_qs8_neon", Isa::kNeon, add_qs8_neon},
#endif
    {"add_qs8_scalar", Isa::kScalar, add_qs8_scalar},
};

}  // namespace mobilenet
