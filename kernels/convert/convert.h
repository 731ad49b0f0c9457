// Half floats to floats, and back.
//   f16   output[p, c] = input[p, c]
//   f32   output[p, c] = the half float nearest to input[p, c], as Half (common/half.h) rounds
// The results are the same to the bit on every CPU.
#pragma once

#include <cstddef>

#include "kernels/common/half.h"
#include "kernels/common/kernel_list.h"

namespace mobilenet {

// pixels    any range of them, with the pointers moved to the first
// channels  likewise
// input     [P, C], input_stride >= C elements from pixel to pixel; nothing past the end is read
// output    [P, C], output_stride >= C elements from pixel to pixel; nothing else is written
template <typename From, typename To>
using Convert = void(int pixels, int channels, const From* input, std::ptrdiff_t input_stride, To* output,
                     std::ptrdiff_t output_stride);
using ConvertF16 = Convert<Half, float>;
using ConvertF32 = Convert<float, Half>;

ConvertF16 convert_f16_avx2;
ConvertF16 convert_f16_neon;
ConvertF16 convert_f16_scalar;
ConvertF32 convert_f32_avx2;
ConvertF32 convert_f32_neon;
ConvertF32 convert_f32_scalar;

inline constexpr KernelEntry<ConvertF16> kConvertF16[] = {
#if MOBILENET_HAVE_AVX
    {"convert_f16_avx2", Isa::kAvx2, convert_f16_avx2},
#endif
#if MOBILENET_HAVE_NEONFP16
    {"convert_f16_neon", Isa::kNeon, convert_f16_neon},
#endif
    {"convert_f16_scalar", Isa::kScalar, convert_f16_scalar},
};
inline constexpr KernelEntry<ConvertF32> kConvertF32[] = {
#if MOBILENET_HAVE_AVX
    {"convert_f32_avx2", Isa::kAvx2, convert_f32_avx2},
#endif
#if MOBILENET_HAVE_NEONFP16
    {"convert_f32_neon", Isa::kNeon, convert_f32_neon},
#endif
    {"convert_f32_scalar", Isa::kScalar, convert_f32_scalar},
};

}  // namespace mobilenet
