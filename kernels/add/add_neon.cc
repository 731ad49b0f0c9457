#include "kernels/add/add.h"
#include "kernels/common/neon_f32.h"
#include "kernels/common/requantize_neon.h"

namespace mobilenet {
namespace {

inline int16x8_t LoadLess(const int8_t* values, int8_t zero_point) {
  return vsubl_s8(vld1_s8(values), vdup_n_s8(zero_point));
}
inline int16x8_t LoadLess(const uint8_t* values, uint8_t zero_point) {
  return vreinterpretq_s16_u16(vsubl_u8(vld1_u8(values), vdup_n_u8(zero_point)));
}

// Products and sum are rounded as in the scalar kernel, which computes what is left of 8.
template <typename T>
void AddNeonQ8(int n, const T* a, const T* b, T* output, const AddQuantization<T>& quantization,
               AddQ8<T>* scalar) {
  const RequantizeNeon requantize(quantization.output);
  const auto sum = [&](int16x4_t values_a, int16x4_t values_b) {
    const float32x4_t product_a = vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(values_a)), quantization.a_scale);
    const float32x4_t product_b = vmulq_n_f32(vcvtq_f32_s32(vmovl_s16(values_b)), quantization.b_scale);
    return ClampAndRound(vaddq_f32(product_a, product_b), requantize);
  };
  int i = 0;
  for (; i + 8 <= n; i += 8) {
    const int16x8_t values_a = LoadLess(a + i, quantization.a_zero_point);
    const int16x8_t values_b = LoadLess(b + i, quantization.b_zero_point);
    StoreEight(output + i, AddZeroPoint(sum(vget_low_s16(values_a), vget_low_s16(values_b)),
                                        sum(vget_high_s16(values_a), vget_high_s16(values_b)), requantize));
  }
  scalar(n - i, a + i, b + i, output + i, quantization);
}

}  // namespace

void add_f32_neon(int n, const float* a, const float* b, float* output, const ClampF32& clamp) {
  const ClampNeon clamp_neon(clamp);
  int i = 0;
  for (; i + 4 <= n; i += 4) {
    vst1q_f32(output + i, Clamp(vaddq_f32(vld1q_f32(a + i), vld1q_f32(b + i)), clamp_neon));
  }
  add_f32_scalar(n - i, a + i, b + i, output + i, clamp);
}

void add_qu8_neon(int n, const uint8_t* a, const uint8_t* b, uint8_t* output,
                  const AddQuantization<uint8_t>& quantization) {
  AddNeonQ8(n, a, b, output, quantization, add_qu8_scalar);
}

void add_qs8_neon(int n, const int8_t* a, const int8_t* b, int8_t* output,
                  const AddQuantization<int8_t>& quantization) {
  AddNeonQ8(n, a, b, output, quantization, add_qs8_scalar);
}

}  // namespace mobilenet
