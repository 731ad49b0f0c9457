// Every ARMv8-A converts half floats, also where it does not compute in them.
#include <arm_neon.h>

#include "kernels/convert/convert_runs.h"

namespace mobilenet {

void convert_f16_neon(int pixels, int channels, const Half* input, std::ptrdiff_t input_stride, float* output,
                      std::ptrdiff_t output_stride) {
  ConvertRuns<8>(
      pixels, channels, input, input_stride, output, output_stride,
      [](const Half* from, float* to) {
        const float16x8_t halves = vreinterpretq_f16_u16(vld1q_u16(Half::Bits(from)));
        vst1q_f32(to, vcvt_f32_f16(vget_low_f16(halves)));
        vst1q_f32(to + 4, vcvt_high_f32_f16(halves));
      },
      convert_f16_scalar);
}

void convert_f32_neon(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, Half* output,
                      std::ptrdiff_t output_stride) {
  ConvertRuns<8>(
      pixels, channels, input, input_stride, output, output_stride,
      [](const float* from, Half* to) {
        const float16x4_t low = vcvt_f16_f32(vld1q_f32(from));
        vst1q_u16(Half::Bits(to), vreinterpretq_u16_f16(vcvt_high_f16_f32(low, vld1q_f32(from + 4))));
      },
      convert_f32_scalar);
}

}  // namespace mobilenet
