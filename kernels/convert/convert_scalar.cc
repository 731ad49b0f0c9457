#include "kernels/common/runs.h"
#include "kernels/convert/convert.h"

namespace mobilenet {
namespace {

template <typename From, typename To>
void ConvertScalar(int pixels, int channels, const From* input, std::ptrdiff_t input_stride, To* output,
                   std::ptrdiff_t output_stride) {
  const Runs runs = RunsOf(pixels, channels, {input_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, input += input_stride, output += output_stride) {
    for (std::ptrdiff_t i = 0; i < runs.size; ++i) output[i] = To(input[i]);
  }
}

}  // namespace

void convert_f16_scalar(int pixels, int channels, const Half* input, std::ptrdiff_t input_stride,
                        float* output, std::ptrdiff_t output_stride) {
  ConvertScalar(pixels, channels, input, input_stride, output, output_stride);
}

void convert_f32_scalar(int pixels, int channels, const float* input, std::ptrdiff_t input_stride,
                        Half* output, std::ptrdiff_t output_stride) {
  ConvertScalar(pixels, channels, input, input_stride, output, output_stride);
}

}  // namespace mobilenet
