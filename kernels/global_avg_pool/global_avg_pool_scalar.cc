#include "kernels/global_avg_pool/global_avg_pool.h"

#include <algorithm>
#include <cassert>

namespace mobilenet {
namespace {

constexpr int kBlock = 16;  // channels summed up together, in the order of memory

// finish(c, sum) for every channel, summed up in the order of the pixels.
template <typename Sum, typename T, typename Finish>
void SumChannels(int pixels, int channels, const T* input, std::ptrdiff_t pixel_stride,
                 const Finish& finish) {
  for (int c_begin = 0; c_begin < channels; c_begin += kBlock) {
    const int block = std::min(kBlock, channels - c_begin);
    Sum sums[kBlock] = {};
    for (int p = 0; p < pixels; ++p) {
      const T* pixel = input + p * pixel_stride + c_begin;
      for (int j = 0; j < block; ++j) sums[j] += pixel[j];
    }
    for (int j = 0; j < block; ++j) finish(c_begin + j, sums[j]);
  }
}

template <typename T>
void GlobalAvgPoolScalarQ8(int pixels, int channels, const T* input, std::ptrdiff_t pixel_stride, T* output,
                           const PoolQuantization<T>& quantization) {
  assert(pixels <= kMaxPoolPixels);
  const int32_t bias = -pixels * quantization.input_zero_point;
  SumChannels<int32_t>(pixels, channels, input, pixel_stride, [&](int c, int32_t sum) {
    output[c] = Requantize(sum + bias, quantization.scale, quantization.output);
  });
}

}  // namespace

void global_avg_pool_f32_scalar(int pixels, int channels, const float* input, std::ptrdiff_t pixel_stride,
                                float* output, const ClampF32& clamp) {
  const float scale = 1.0f / static_cast<float>(pixels);
  SumChannels<float>(pixels, channels, input, pixel_stride,
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
