// Max pool: the largest value that each window covers in each channel.
//   output[oh, ow, c] = max over kh, kw of
//       input[oh*stride + kh - pad_top, ow*stride + kw - pad_left, c]
// Taps outside the input are left out, and so is NaN. Quantised values are compared as they are: the output
// has the input's quantisation.
#pragma once

#include <cstdint>

#include "kernels/common/conv_geometry.h"
#include "kernels/common/kernel_list.h"

namespace mobilenet {

// Output rows [oh_begin, oh_end).
// g        as many output as input channels; every window covers at least one pixel
// input    [IH, IW, C]; may be read up to 16 bytes past its end
// output   [OH, OW, C]; nothing else is written
template <typename T>
using MaxPoolOf = void(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output);

MaxPoolOf<float> max_pool_f32_neon;
MaxPoolOf<float> max_pool_f32_scalar;
MaxPoolOf<uint8_t> max_pool_qu8_neon;
MaxPoolOf<uint8_t> max_pool_qu8_scalar;
MaxPoolOf<int8_t> max_pool_qs8_neon;
MaxPoolOf<int8_t> max_pool_qs8_scalar;

inline constexpr KernelEntry<MaxPoolOf<float>> kMaxPoolF32[] = {
#if MOBILENET_HAVE_NEON
    {"max_pool_f32_neon", Isa::kNeon, max_pool_f32_neon},
#endif
    {"max_pool_f32_scalar", Isa::kScalar, max_pool_f32_scalar},
};
inline constexpr KernelEntry<MaxPoolOf<uint8_t>> kMaxPoolQu8[] = {
#if MOBILENET_HAVE_NEON
    {"max_pool_qu8_neon", Isa::kNeon, max_pool_qu8_neon},
#endif
    {"max_pool_qu8_scalar", Isa::kScalar, max_pool_qu8_scalar},
};
inline constexpr KernelEntry<MaxPoolOf<int8_t>> kMaxPoolQs8[] = {
#if MOBILENET_HAVE_NEON
    {"max_pool_qs8_neon", Isa::kNeon, max_pool_qs8_neon},
#endif
    {"max_pool_qs8_scalar", Isa::kScalar, max_pool_qs8_scalar},
};

}  // namespace mobilenet
