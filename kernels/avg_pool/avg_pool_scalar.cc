#include "kernels/avg_pool/avg_pool.h"

#include "kernels/common/pool_window.h"
#include "kernels/common/sum_scalar.h"

namespace mobilenet {
namespace {

template <typename T>
void AvgPoolScalarQ8(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output,
                     const AvgPoolQuantization<T>& quantization) {
  // A copy, which the writes to the output cannot change.
  const AvgPoolQuantization<T> rule = quantization;
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<T>& window, T* pixel) {
    const int pixels = window.rows * window.columns;
    const float scale = GlobalAvgPoolScale(rule.input_scale, rule.output_scale, pixels);
    const int32_t bias = -pixels * rule.input_zero_point;
    SumChannels<int32_t>(window, g.output_channels,
                         [&](int c, int32_t sum) { pixel[c] = Requantize(sum + bias, scale, rule.output); });
  });
}

}  // namespace

void avg_pool_f32_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const float* input, float* output,
                         const ClampF32& clamp) {
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<float>& window, float* pixel) {
    const float scale = 1.0f / static_cast<float>(window.rows * window.columns);
    SumChannels<float>(window, g.output_channels,
                       [&](int c, float sum) { pixel[c] = Clamp(sum * scale, clamp); });
  });
}

void avg_pool_qu8_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const uint8_t* input,
                         uint8_t* output, const AvgPoolQuantization<uint8_t>& quantization) {
  AvgPoolScalarQ8(g, oh_begin, oh_end, input, output, quantization);
}

void avg_pool_qs8_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const int8_t* input, int8_t* output,
                         const AvgPoolQuantization<int8_t>& quantization) {
  AvgPoolScalarQ8(g, oh_begin, oh_end, input, output, quantization);
}

}  // namespace mobilenet
