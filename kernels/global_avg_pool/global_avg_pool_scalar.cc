#include "kernels/global_avg_pool/global_avg_pool.h"

#include <cassert>

#include "kernels/common/sum_scalar.h"

namespace mobilenet {
namespace {

// The whole map, one pixel stride from each to the next.
template <typename T>
PoolWindow<T> WholeMap(int pixels, const T* input, std::ptrdiff_t pixel_stride) {
  return {input, 1, pixels, 0, pixel_stride};
}

template <typename T>
void GlobalAvgPoolScalarQ8(int pixels, int channels, const T* input, std::ptrdiff_t pixel_stride, T* output,
                           const PoolQuantization<T>& quantization) {
  assert(pixels <= kMaxPoolPixels);
  const int32_t bias = -pixels * quantization.input_zero_point;
  SumChannels<int32_t>(WholeMap(pixels, input, pixel_stride), channels, [&](int c, int32_t sum) {
    output[c] = Requantize(sum + bias, quantization.scale, quantization.output);
  });
}

}  // namespace

void global_avg_pool_f32_scalar(int pixels, int channels, const float* input, std::ptrdiff_t pixel_stride,
                                float* output, const ClampF32& clamp) {
  const float scale = 1.0f / static_cast<float>(pixels);
  SumChannels<float>(WholeMap(pixels, input, pixel_stride), channels,
                     [&](int c, float sum) { output[c] = Clamp(sum * scale, clamp); });
}

void global_avg_pool_qu8_scalar(int pixels, int channels, const uint8_t* input, std::ptrdiff_t pixel_stride,
                                uint8_t* output, const PoolQuantization<uint8_t>& quantization) {
  GlobalAvgPoolScalarQ8(pixels, channels, input, pixel_stride, output, quantization);
}

void global_avg_pool_qs8_scalar(int pixels, int channels, const int8_t* input, std::ptrdiff_t pixel_stride,
                                int8_t* output, const PoolQuantization<int8_t>& quantization) {
  GlobalAvgPoolScalarQ8(pixels, channels, input, pixel_stride, output, quantization);
}

}  // namespace mobilenet
