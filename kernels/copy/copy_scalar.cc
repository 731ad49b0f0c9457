#include "kernels/common/runs.h"
#include "kernels/copy/copy.h"

namespace mobilenet {
namespace {

template <typename T, typename Convert>
void CopyScalar(int pixels, int channels, const T* input, std::ptrdiff_t input_stride, T* output,
                std::ptrdiff_t output_stride, const Convert& convert) {
  const Runs runs = RunsOf(pixels, channels, {input_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, input += input_stride, output += output_stride) {
    for (std::ptrdiff_t i = 0; i < runs.size; ++i) output[i] = convert(input[i]);
  }
}

template <typename T>
void CopyScalarQ8(int pixels, int channels, const T* input, std::ptrdiff_t input_stride, T* output,
                  std::ptrdiff_t output_stride, const CopyQuantization<T>& quantization) {
  // A copy, which the writes to the output cannot change.
  const CopyQuantization<T> rule = quantization;
  CopyScalar(pixels, channels, input, input_stride, output, output_stride, [rule](T value) {
    return Requantize(int32_t{value} - rule.input_zero_point, rule.scale, rule.output);
  });
}

}  // namespace

void copy_f32_scalar(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                     std::ptrdiff_t output_stride, const ClampF32& clamp) {
  CopyScalar(pixels, channels, input, input_stride, output, output_stride,
             [clamp](float value) { return Clamp(value, clamp); });
}

void copy_qu8_scalar(int pixels, int channels, const uint8_t* input, std::ptrdiff_t input_stride,
                     uint8_t* output, std::ptrdiff_t output_stride,
                     const CopyQuantization<uint8_t>& quantization) {
  CopyScalarQ8(pixels, channels, input, input_stride, output, output_stride, quantization);
}

void copy_qs8_scalar(int pixels, int channels, const int8_t* input, std::ptrdiff_t input_stride,
                     int8_t* output, std::ptrdiff_t output_stride,
                     const CopyQuantization<int8_t>& quantization) {
  CopyScalarQ8(pixels, channels, input, input_stride, output, output_stride, quantization);
}

}  // namespace mobilenet
