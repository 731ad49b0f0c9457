#include <algorithm>
#include <cassert>

#include "kernels/common/neon_f32.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/sum_neon.h"
#include "kernels/global_avg_pool/global_avg_pool.h"

namespace mobilenet {
namespace {

constexpr int kChannels = 8;  // of quantised values, added up together

template <typename T>
void GlobalAvgPoolNeonQ8(int pixels, int channels, const T* input, std::ptrdiff_t pixel_stride, T* output,
                         const PoolQuantization<T>& quantization) {
  assert(pixels <= kMaxPoolPixels);
  const int32x4_t bias = vdupq_n_s32(-pixels * quantization.input_zero_point);
  const float32x4_t scale = vdupq_n_f32(quantization.scale);
  const RequantizeNeon requantize(quantization.output);
  for (int c = 0; c < channels; c += kChannels) {
    EightSums sums = {bias, bias};
    AddPixels(input + c, pixels, pixel_stride, sums);
    T results[kChannels];
    StoreEight(results, Requantize(sums.low, sums.high, scale, scale, requantize));
    std::copy_n(results, std::min(kChannels, channels - c), output + c);
  }
}

}  // namespace

void global_avg_pool_f32_neon(int pixels, int channels, const float* input, std::ptrdiff_t pixel_stride,
                              float* output, const ClampF32& clamp) {
  const ClampNeon clamp_neon(clamp);
  const float32x4_t scale = vdupq_n_f32(1.0f / static_cast<float>(pixels));
  for (int c = 0; c < channels; c += 4) {
    float32x4_t sum = vdupq_n_f32(0.0f);
    for (int p = 0; p < pixels; ++p) sum = vaddq_f32(sum, vld1q_f32(input + p * pixel_stride + c));
    StoreFirst(output + c, Clamp(vmulq_f32(sum, scale), clamp_neon), channels - c);
  }
}

void global_avg_pool_qu8_neon(int pixels, int channels, const uint8_t* input, std::ptrdiff_t pixel_stride,
                              uint8_t* output, const PoolQuantization<uint8_t>& quantization) {
  GlobalAvgPoolNeonQ8(pixels, channels, input, pixel_stride, output, quantization);
}

void global_avg_pool_qs8_neon(int pixels, int channels, const int8_t* input, std::ptrdiff_t pixel_stride,
                              int8_t* output, const PoolQuantization<int8_t>& quantization) {
  GlobalAvgPoolNeonQ8(pixels, channels, input, pixel_stride, output, quantization);
}

}  // namespace mobilenet
