#include <algorithm>

#include "kernels/avg_pool/avg_pool.h"
#include "kernels/common/neon_f32.h"
#include "kernels/common/pool_window.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/sum_neon.h"

namespace mobilenet {
namespace {

constexpr int kChannels = 8;  // of quantised values, added up together

template <typename T>
void AvgPoolNeonQ8(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output,
                   const AvgPoolQuantization<T>& quantization) {
  const RequantizeNeon requantize(quantization.output);
  const int channels = g.output_channels;
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<T>& window, T* pixel) {
    const int pixels = window.rows * window.columns;
    const float32x4_t scale =
        vdupq_n_f32(GlobalAvgPoolScale(quantization.input_scale, quantization.output_scale, pixels));
    const int32x4_t bias = vdupq_n_s32(-pixels * quantization.input_zero_point);
    for (int c = 0; c < channels; c += kChannels) {
      EightSums sums = {bias, bias};
      for (int row = 0; row < window.rows; ++row) {
        AddPixels(window.first + row * window.row_stride + c, window.columns, window.pixel_stride, sums);
      }
      const int16x8_t results = Requantize(sums.low, sums.high, scale, scale, requantize);
      if (channels - c >= kChannels) {
        StoreEight(pixel + c, results);
      } else {
        T last[kChannels];
        StoreEight(last, results);
        std::copy_n(last, channels - c, pixel + c);
      }
    }
  });
}

}  // namespace

void avg_pool_f32_neon(const ConvGeometry& g, int oh_begin, int oh_end, const float* input, float* output,
                       const ClampF32& clamp) {
  const ClampNeon clamp_neon(clamp);
  const int channels = g.output_channels;
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<float>& window, float* pixel) {
    const float32x4_t scale = vdupq_n_f32(1.0f / static_cast<float>(window.rows * window.columns));
    for (int c = 0; c < channels; c += 4) {
      float32x4_t sum = vdupq_n_f32(0.0f);
      for (int row = 0; row < window.rows; ++row) {
        const float* values = window.first + row * window.row_stride + c;
        for (int column = 0; column < window.columns; ++column, values += window.pixel_stride) {
          sum = vaddq_f32(sum, vld1q_f32(values));
        }
      }
      StoreFirst(pixel + c, Clamp(vmulq_f32(sum, scale), clamp_neon), channels - c);
    }
  });
}

void avg_pool_qu8_neon(const ConvGeometry& g, int oh_begin, int oh_end, const uint8_t* input, uint8_t* output,
                       const AvgPoolQuantization<uint8_t>& quantization) {
  AvgPoolNeonQ8(g, oh_begin, oh_end, input, output, quantization);
}

void avg_pool_qs8_neon(const ConvGeometry& g, int oh_begin, int oh_end, const int8_t* input, int8_t* output,
                       const AvgPoolQuantization<int8_t>& quantization) {
  AvgPoolNeonQ8(g, oh_begin, oh_end, input, output, quantization);
}

}  // namespace mobilenet
