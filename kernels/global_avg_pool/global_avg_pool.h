// Global average pool: the mean of each channel over all pixels.
//   output[c] = clamp(sum over p of input[p, c] / pixels)
// and for qu8, qs8
//   output[c] = requantize(sum over p of (input[p, c] - input_zero_point))
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/common/clamp.h"
#include "kernels/common/kernel_list.h"
#include "kernels/common/requantize.h"

namespace mobilenet {

// pixels         H*W
// channels       any range of them; `input` and `output` point to its first
// input          [H*W, C], pixel_stride elements from pixel to pixel; may be read up to 16 bytes past its end
// output         [C]; nothing else is written
using GlobalAvgPoolF32 = void(int pixels, int channels, const float* input, std::ptrdiff_t pixel_stride,
                              float* output, const ClampF32& clamp);

// As above; scale from GlobalAvgPoolScale. pixels <= kMaxPoolPixels: int32 holds the sum.
template <typename T>
struct PoolQuantization {
  T input_zero_point;
  float scale;
  QuantizedOutput<T> output;
};
template <typename T>
using GlobalAvgPoolQ8 = void(int pixels, int channels, const T* input, std::ptrdiff_t pixel_stride, T* output,
                             const PoolQuantization<T>& quantization);

// 8421504 * 255 < 2^31
inline constexpr int kMaxPoolPixels = 8421504;

// In this order, in float, as XNNPACK does.
inline float GlobalAvgPoolScale(float input_scale, float output_scale, int pixels) {
  return input_scale / (output_scale * static_cast<float>(pixels));
}

GlobalAvgPoolF32 global_avg_pool_f32_neon;
GlobalAvgPoolF32 global_avg_pool_f32_scalar;
GlobalAvgPoolQ8<uint8_t> global_avg_pool_qu8_neon;
GlobalAvgPoolQ8<uint8_t> global_avg_pool_qu8_scalar;
GlobalAvgPoolQ8<int8_t> global_avg_pool_qs8_neon;
GlobalAvgPoolQ8<int8_t> global_avg_pool_qs8_scalar;

inline constexpr KernelEntry<GlobalAvgPoolF32> kGlobalAvgPoolF32[] = {
#if MOBILENET_HAVE_NEON
    {"global_avg_pool_f32_neon", Isa::kNeon, global_avg_pool_f32_neon},
#endif
    {"global_avg_pool_f32_scalar", Isa::kScalar, global_avg_pool_f32_scalar},
};
inline constexpr KernelEntry<GlobalAvgPoolQ8<uint8_t>> kGlobalAvgPoolQu8[] = {
#if MOBILENET_HAVE_NEON
    {"global_avg_pool_qu8_neon", Isa::kNeon, global_avg_pool_qu8_neon},
#endif
    {"global_avg_pool_qu8_scalar", Isa::kScalar, global_avg_pool_qu8_scalar},
};
inline constexpr KernelEntry<GlobalAvgPoolQ8<int8_t>> kGlobalAvgPoolQs8[] = {
#if MOBILENET_HAVE_NEON
    {"global_avg_pool_qs8_neon", Isa::kNeon, global_avg_pool_qs8_neon},
#endif
    {"global_avg_pool_qs8_scalar", Isa::kScalar, global_avg_pool_qs8_scalar},
};

}  // namespace mobilenet
