#include "kernels/add/add.h"

namespace mobilenet {
namespace {

template <typename T>
void AddScalarQ8(int n, const T* a, const T* b, T* output, const AddQuantization<T>& quantization) {
  for (int i = 0; i < n; ++i) {
    const float product_a = static_cast<float>(a[i] - quantization.a_zero_point) * quantization.a_scale;
    const float product_b = static_cast<float>(b[i] - quantization.b_zero_point) * quantization.b_scale;
    output[i] = ClampAndRound(product_a + product_b, quantization.output);
  }
}

}  // namespace

void add_f32_scalar(int n, const float* a, const float* b, float* output, const ClampF32& clamp) {
  for (int i = 0; i < n; ++i) output[i] = Clamp(a[i] + b[i], clamp);
}

void add_qu8_scalar(int n, const uint8_t* a, const uint8_t* b, uint8_t* output,
                    const AddQuantization<uint8_t>& quantization) {
  AddScalarQ8(n, a, b, output, quantization);
}

void add_qs8_scalar(int n, const int8_t* a, const int8_t* b, int8_t* output,
                    const AddQuantization<int8_t>& quantization) {
  AddScalarQ8(n, a, b, output, quantization);
}

}  // namespace mobilenet
