#include "kernels/common/neon_f32.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/runs.h"
#include "kernels/copy/copy.h"

namespace mobilenet {
namespace {

// copy(input, output) copies kElements of them at once; what is left of a run is left to the scalar kernel.
template <int kElements, typename T, typename Copy, typename Scalar>
void CopyNeon(int pixels, int channels, const T* input, std::ptrdiff_t input_stride, T* output,
              std::ptrdiff_t output_stride, const Copy& copy, const Scalar& scalar) {
  const Runs runs = RunsOf(pixels, channels, {input_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, input += input_stride, output += output_stride) {
    std::ptrdiff_t i = 0;
    for (; i + kElements <= runs.size; i += kElements) copy(input + i, output + i);
    const int left = static_cast<int>(runs.size - i);
    if (left > 0) scalar(1, left, input + i, left, output + i, left);
  }
}

template <typename T>
void CopyNeonQ8(int pixels, int channels, const T* input, std::ptrdiff_t input_stride, T* output,
                std::ptrdiff_t output_stride, const CopyQuantization<T>& quantization, CopyQ8<T>* scalar) {
  const RequantizeNeon requantize(quantization.output);
  const float32x4_t scale = vdupq_n_f32(quantization.scale);
  CopyNeon<8>(
      pixels, channels, input, input_stride, output, output_stride,
      [&](const T* values, T* results) {
        const int16x8_t eight = LoadEightLess(values, quantization.input_zero_point);
        StoreEight(results, Requantize(vmovl_s16(vget_low_s16(eight)), vmovl_s16(vget_high_s16(eight)), scale,
                                       scale, requantize));
      },
      [&](auto... arguments) { scalar(arguments..., quantization); });
}

}  // namespace

void copy_f32_neon(int pixels, int channels, const float* input, std::ptrdiff_t input_stride, float* output,
                   std::ptrdiff_t output_stride, const ClampF32& clamp) {
  const ClampNeon clamp_neon(clamp);
  CopyNeon<4>(
      pixels, channels, input, input_stride, output, output_stride,
      [&](const float* values, float* results) { vst1q_f32(results, Clamp(vld1q_f32(values), clamp_neon)); },
      [&](auto... arguments) { copy_f32_scalar(arguments..., clamp); });
}

void copy_qu8_neon(int pixels, int channels, const uint8_t* input, std::ptrdiff_t input_stride,
                   uint8_t* output, std::ptrdiff_t output_stride,
                   const CopyQuantization<uint8_t>& quantization) {
  CopyNeonQ8(pixels, channels, input, input_stride, output, output_stride, quantization, copy_qu8_scalar);
}

void copy_qs8_neon(int pixels, int channels, const int8_t* input, std::ptrdiff_t input_stride, int8_t* output,
                   std::ptrdiff_t output_stride, const CopyQuantization<int8_t>& quantization) {
  CopyNeonQ8(pixels, channels, input, input_stride, output, output_stride, quantization, copy_qs8_scalar);
}

}  // namespace mobilenet
