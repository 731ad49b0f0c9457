// Average pool: the mean of the pixels that each window covers, in each channel.
//   output[oh, ow, c] = clamp(sum over the pixels of input[ih, iw, c] / pixels)
// and for qu8, qs8
//   output[oh, ow, c] = requantize(sum over the pixels of (input[ih, iw, c] - input_zero_point))
// with ih = oh*stride + kh - pad_top, iw = ow*stride + kw - pad_left. Taps outside the input are not counted.
// Over the whole map at once: global_avg_pool, to whose results these are equal to the bit.
#pragma once

#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/requantize.h"
#include "kernels/global_avg_pool/global_avg_pool.h"

namespace mobilenet {

// Output rows [oh_begin, oh_end).
// g        as many output as input channels; every window covers at least one pixel
// input    [IH, IW, C]; may be read up to 16 bytes past its end
// output   [OH, OW, C]; nothing else is written
using AvgPoolF32 = void(const ConvGeometry& g, int oh_begin, int oh_end, const float* input, float* output,
                        const ClampF32& clamp);

// The scale is GlobalAvgPoolScale of the number of pixels that a window covers: fewer at the borders.
// At most kMaxPoolPixels in a window.
template <typename T>
struct AvgPoolQuantization {
  T input_zero_point;
  float input_scale;
  float output_scale;
  QuantizedOutput<T> output;
};
template <typename T>
using AvgPoolQ8 = void(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output,
                       const AvgPoolQuantization<T>& quantization);

AvgPoolF32 avg_pool_f32_neon;
AvgPoolF32 avg_pool_f32_scalar;
AvgPoolQ8<uint8_t> avg_pool_qu8_neon;
AvgPoolQ8<uint8_t> avg_pool_qu8_scalar;
AvgPoolQ8<int8_t> avg_pool_qs8_neon;
AvgPoolQ8<int8_t> avg_pool_qs8_scalar;

inline constexpr KernelEntry<AvgPoolF32> kAvgPoolF32[] = {
#if MOBILENET_HAVE_NEON
    {"avg_pool_f32_neon", Isa::kNeon, avg_pool_f32_neon},
#endif
    {"avg_pool_f32_scalar", Isa::kScalar, avg_pool_f32_scalar},
};
inline constexpr KernelEntry<AvgPoolQ8<uint8_t>> kAvgPoolQu8[] = {
#if MOBILENET_HAVE_NEON
    {"avg_pool_qu8_neon", Isa::kNeon, avg_pool_qu8_neon},
#endif
    {"avg_pool_qu8_scalar", Isa::kScalar, avg_pool_qu8_scalar},
};
inline constexpr KernelEntry<AvgPoolQ8<int8_t>> kAvgPoolQs8[] = {
#if MOBILENET_HAVE_NEON
    {"avg_pool_qs8_neon", Isa::kNeon, avg_pool_qs8_neon},
#endif
    {"avg_pool_qs8_scalar", Isa::kScalar, avg_pool_qs8_scalar},
};

}  // namespace mobilenet
