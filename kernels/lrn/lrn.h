// Local response normalisation across channels (Krizhevsky et al. 2012, section 3.3; as ONNX defines LRN):
//   output[p, c] = input[p, c] / (k + alpha / size * sum over j of input[p, j]^2)^beta
// where j goes over the existing channels from c - (size - 1) / 2 to c + size / 2, both rounded down. Sums,
// roots and quotients are rounded once each, in the same order in every kernel, and powers other than 3/4 are
// computed in double: the results are the same on every CPU.
#pragma once

#include <cstddef>

#include "kernels/common/kernel_list.h"

namespace mobilenet {

struct LrnRule {
  int size;  // channels, at least 1
  float alpha;
  float beta;
  float k;
};

// pixels     any range of them; the pointers point to its first
// channels   all of them
// input      [P, C], input_stride >= C elements from pixel to pixel; 16 bytes past its end may be read
// output     [P, C], output_stride >= C elements from pixel to pixel; nothing else is written. Not the input
using LrnF32 = void(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                    std::ptrdiff_t output_stride, const LrnRule& rule);

LrnF32 lrn_f32_neon;
LrnF32 lrn_f32_scalar;

inline constexpr KernelEntry<LrnF32> kLrnF32[] = {
#if MOBILENET_HAVE_NEON
    {"lrn_f32_neon", Isa::kNeon, lrn_f32_neon},
#endif
    {"lrn_f32_scalar", Isa::kScalar, lrn_f32_scalar},
};

}  // namespace mobilenet
