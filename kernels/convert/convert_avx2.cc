// F16C, which every CPU with AVX2 has; isa.h asks for it.
#include <immintrin.h>

#include "kernels/convert/convert_runs.h"

namespace mobilenet {

void convert_f16_avx2(int pixels, int channels, const Half* input, std::ptrdiff_t input_stride, float* output,
                      std::ptrdiff_t output_stride) {
  ConvertRuns<8>(
      pixels, channels, input, input_stride, output, output_stride,
      [](const Half* from, float* to) {
        _mm256_storeu_ps(to, _mm256_cvtph_ps(_mm_loadu_si128(reinterpret_cast<const __m128i*>(from))));
      },
      convert_f16_scalar);
}

void convert_f32_avx2(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, Half* output,
                      std::ptrdiff_t output_stride) {
  ConvertRuns<8>(
      pixels, channels, input, input_stride, output, output_stride,
      [](const float* from, Half* to) {
        _mm_storeu_si128(reinterpret_cast<__m128i*>(to),
                         _mm256_cvtps_ph(_mm256_loadu_ps(from), _MM_FROUND_TO_NEAREST_INT));
      },
      convert_f32_scalar);
}

}  // namespace mobilenet
