// Residual addition, of two feature maps of the same shape.
//   output[i] = clamp(a[i] + b[i])
// and for qu8, qs8
//   output[i] = requantize((a[i] - a_zero_point) * a_scale + (b[i] - b_zero_point) * b_scale)
// in float, both products and the sum rounded, so that the result is the same on every CPU.
#pragma once

#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/requantize.h"

namespace mobilenet {

// n       elements: any range of them, with the pointers moved to the first
// a, b    [N]
// output  [N], may be a or b; nothing else is written
using AddF32 = void(int n, const float* a, const float* b, float* output, const ClampF32& clamp);

// The scales are the inputs' divided by the output's.
template <typename T>
struct AddQuantization {
  T a_zero_point;
  T b_zero_point;
  float a_scale;
  float b_scale;
  QuantizedOutput<T> output;
};
template <typename T>
using AddQ8 = void(int n, const T* a, const T* b, T* output, const AddQuantization<T>& quantization);

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
