// Sigmoid over the classes, each for itself:
//   output[i] = 1 / (1 + exp(-x[i]))
// where x is the input, or for qu8 and qs8 scale * (input - zero_point). The outputs are float, in [0, 1];
// their sum need not be 1.
#pragma once

#include <cstdint>

#include "kernels/common/kernel_list.h"

namespace mobilenet {

// n       classes, at least 1
// input   [N]
// output  [N]; may be `input`
using SigmoidF32 = void(int n, const float* input, float* output);

// scale, zero_point   of the input; scale greater than 0
template <typename T>
using SigmoidQ8 = void(int n, const T* input, float scale, int zero_point, float* output);

SigmoidF32 sigmoid_f32_scalar;
SigmoidQ8<uint8_t> sigmoid_qu8_scalar;
SigmoidQ8<int8_t> sigmoid_qs8_scalar;

inline constexpr KernelEntry<SigmoidF32> kSigmoidF32[] = {
    {"sigmoid_f32_scalar", Isa::kScalar, sigmoid_f32_scalar},
};
inline constexpr KernelEntry<SigmoidQ8<uint8_t>> kSigmoidQu8[] = {
    {"sigmoid_qu8_scalar", Isa::kScalar, sigmoid_qu8_scalar},
};
inline constexpr KernelEntry<SigmoidQ8<int8_t>> kSigmoidQs8[] = {
    {"sigmoid_qs8_scalar", Isa::kScalar, sigmoid_qs8_scalar},
};

}  // namespace mobilenet
