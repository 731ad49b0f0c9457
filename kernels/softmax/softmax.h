// Softmax over the classes:
//   output[i] = exp(x[i] - max x) / sum over j of exp(x[j] - max x)
// where x is the input, or for qu8 and qs8 scale * (input - zero_point): the zero point cancels out. The
// outputs are float, in [0, 1], and their sum is 1 up to rounding.
#pragma once

#include <cstdint>

#include "kernels/common/kernel_list.h"

namespace mobilenet {

// n       classes, at least 1
// input   [N]
// output  [N]; may be `input`
using SoftmaxF32 = void(int n, const float* input, float* output);

// scale   of the input, greater than 0
template <typename T>
using SoftmaxQ8 = void(int n, const T* input, float scale, float* output);

SoftmaxF32 softmax_f32_scalar;
SoftmaxQ8<uint8_t> softmax_qu8_scalar;
SoftmaxQ8<int8_t> softmax_qs8_scalar;

inline constexpr KernelEntry<SoftmaxF32> kSoftmaxF32[] = {
    {"softmax_f32_scalar", Isa::kScalar, softmax_f32_scalar},
};
inline constexpr KernelEntry<SoftmaxQ8<uint8_t>> kSoftmaxQu8[] = {
    {"softmax_qu8_scalar", Isa::kScalar, softmax_qu8_scalar},
};
inline constexpr KernelEntry<SoftmaxQ8<int8_t>> kSoftmaxQs8[] = {
    {"softmax_qs8_scalar", Isa::kScalar, softmax_qs8_scalar},
};

}  // namespace mobilenet
