// Hyperbolic tangent, value by value:
//   output[i] = tanh(input[i])
#pragma once

#include "kernels/common/kernel_list.h"

namespace mobilenet {

// n       values, at least 1
// input   [N]
// output  [N]; may be `input`
using TanhF32 = void(int n, const float* input, float* output);

TanhF32 tanh_f32_scalar;

inline constexpr KernelEntry<TanhF32> kTanhF32[] = {
    {"tanh_f32_scalar", Isa::kScalar, tanh_f32_scalar},
};

}  // namespace mobilenet
