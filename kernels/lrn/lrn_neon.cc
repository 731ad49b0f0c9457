// Four channels at a time if their windows lie within the pixel. At its ends, and for powers other than 3/4,
// value by value.
#include <algorithm>

#include "kernels/common/neon_f32.h"
#include "kernels/lrn/lrn.h"
#include "kernels/lrn/lrn_value.h"

namespace mobilenet {

void lrn_f32_neon(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                  std::ptrdiff_t output_stride, const LrnRule& rule) {
  if (rule.beta != kRootsBeta) {
    lrn_f32_scalar(pixels, channels, input, input_stride, output, output_stride, rule);
    return;
  }
  const int before = ChannelsBefore(rule);
  const int after = ChannelsAfter(rule);
  const float32x4_t k = vdupq_n_f32(rule.k);
  const float32x4_t scale = vdupq_n_f32(ScaleOf(rule));
  for (int p = 0; p < pixels; ++p, input += input_stride, output += output_stride) {
    int c = 0;
    for (; c < std::min(before, channels); ++c) output[c] = LrnValue(input, channels, c, rule);
    for (; c + 4 + after <= channels; c += 4) {
      float32x4_t sum = vdupq_n_f32(0.0f);
      for (int j = -before; j <= after; ++j) {
        const float32x4_t values = vld1q_f32(input + c + j);
        sum = vaddq_f32(sum, vmulq_f32(values, values));
      }
      const float32x4_t root = SquareRoot(vaddq_f32(k, vmulq_f32(scale, sum)));
      vst1q_f32(output + c, Divide(vld1q_f32(input + c), vmulq_f32(root, SquareRoot(root))));
    }
    for (; c < channels; ++c) output[c] = LrnValue(input, channels, c, rule);
  }
}

}  // namespace mobilenet
