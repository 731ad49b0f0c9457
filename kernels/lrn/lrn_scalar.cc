#include "kernels/lrn/lrn.h"
#include "kernels/lrn/lrn_value.h"

namespace mobilenet {

void lrn_f32_scalar(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                    std::ptrdiff_t output_stride, const LrnRule& rule) {
  for (int p = 0; p < pixels; ++p, input += input_stride, output += output_stride) {
    for (int c = 0; c < channels; ++c) output[c] = LrnValue(input, channels, c, rule);
  }
}

}  // namespace mobilenet
