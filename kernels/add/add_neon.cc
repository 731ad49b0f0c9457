#include "kernels/add/add.h"
#include "kernels/common/neon_f32.h"
#include "kernels/common/requantize_neon.h"
#include "kernels/common/runs.h"

namespace mobilenet {
namespace {

// add(a, b, output) computes kElements of them at once; what is left of a run is left to the scalar kernel.
template <int kElements, typename T, typename Add, typename Scalar>
void AddNeon(int pixels, int channels, const T* a, std::ptrdiff_t a_stride, const T* b,
             std::ptrdiff_t b_stride, T* output, std::ptrdiff_t output_stride, const Add& add,
             const Scalar& scalar) {
  const Runs runs = RunsOf(pixels, channels, {a_stride, b_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, a += a_stride, b += b_stride, output += output_stride) {
    std::ptrdiff_t i = 0;
    for (; i + kElements <= runs.size; i += kElements) add(a + i, b + i, output + i);
    const int left = static_cast<int>(runs.size - i);
    if (left > 0) scalar(1, left, a + i, left, b + i, left, output + i, left);
  }
}

// Products and sum are rounded as in the scalar kernel.
template <typename T>
void AddNeonQ8(int pixels, int channels, const T* a, std::ptrdiff_t a_stride, const T* b,
               std::ptrdiff_t b_stride, T* output, std::ptrdiff_t output_stride,
               const AddQuantization<T>& quantization, AddQ8<T>* scalar) {
  const RequantizeNeon requantize(quantization.output);
  const auto sum = [&](int16x4_t values_a, int16x4_t values_b) {
    const float32x4_t product_a = vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(values_a)), quantization.a_scale);
    const float32x4_t product_b = vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(values_b)), quantization.b_scale);
    return ClampAndRound(vaddq_f32(product_a, product_b), requantize);
  };
  AddNeon<8>(
      pixels, channels, a, a_stride, b, b_stride, output, output_stride,
      [&](const T* eight_a, const T* eight_b, T* eight) {
        const int16x8_t values_a = LoadEightLess(eight_a, quantization.a_zero_point);
        const int16x8_t values_b = LoadEightLess(eight_b, quantization.b_zero_point);
        StoreEight(eight, AddZeroPoint(sum(vget_low_s16(values_a), vget_low_s16(values_b)),
                                       sum(vget_high_s16(values_a), vget_high_s16(values_b)), requantize));
      },
      [&](auto... arguments) { scalar(arguments..., quantization); });
}

}  // namespace

void add_f32_neon(int pixels, int channels, const float* a, std::ptrdiff_t a_stride, const float* b,
                  std::ptrdiff_t b_stride, float* output, std::ptrdiff_t output_stride,
                  const ClampF32& clamp) {
  const ClampNeon clamp_neon(clamp);
  AddNeon<4>(
      pixels, channels, a, a_stride, b, b_stride, output, output_stride,
      [&](const float* four_a, const float* four_b, float* four) {
        vst1q_f32(four, Clamp(vaddq_f32(vld1q_f32(four_a), vld1q_f32(four_b)), clamp_neon));
      },
      [&](auto... arguments) { add_f32_scalar(arguments..., clamp); });
}

void add_qu8_neon(int pixels, int channels, const uint8_t* a, std::ptrdiff_t a_stride, const uint8_t* b,
                  std::ptrdiff_t b_stride, uint8_t* output, std::ptrdiff_t output_stride,
                  const AddQuantization<uint8_t>& quantization) {
  AddNeonQ8(pixels, channels, a, a_stride, b, b_stride, output, output_stride, quantization, add_qu8_scalar);
}

void add_qs8_neon(int pixels, int channels, const int8_t* a, std::ptrdiff_t a_stride, const int8_t* b,
                  std::ptrdiff_t b_stride, int8_t* output, std::ptrdiff_t output_stride,
                  const AddQuantization<int8_t>& quantization) {
  AddNeonQ8(pixels, channels, a, a_stride, b, b_stride, output, output_stride, quantization, add_qs8_scalar);
}

}  // namespace mobilenet
