#include <cstring>

#include "kernels/add/add.h"
#include "kernels/common/runs.h"

namespace mobilenet {
namespace {

constexpr std::ptrdiff_t kBlock = 64;  // elements, added before any result is written

// output = sum(a, b), element by element. The output may be an input, which keeps compilers from vectorising
// a loop that reads and writes them; hence the blocks.
template <typename T, typename Sum>
void AddScalar(int pixels, int channels, const T* a, std::ptrdiff_t a_stride, const T* b,
               std::ptrdiff_t b_stride, T* output, std::ptrdiff_t output_stride, const Sum& sum) {
  const Runs runs = RunsOf(pixels, channels, {a_stride, b_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, a += a_stride, b += b_stride, output += output_stride) {
    std::ptrdiff_t i = 0;
    for (; i + kBlock <= runs.size; i += kBlock) {
      T block[kBlock];
      for (std::ptrdiff_t j = 0; j < kBlock; ++j) block[j] = sum(a[i + j], b[i + j]);
      std::memcpy(output + i, block, sizeof block);
    }
    for (; i < runs.size; ++i) output[i] = sum(a[i], b[i]);
  }
}

template <typename T>
void AddScalarQ8(int pixels, int channels, const T* a, std::ptrdiff_t a_stride, const T* b,
                 std::ptrdiff_t b_stride, T* output, std::ptrdiff_t output_stride,
                 const AddQuantization<T>& quantization) {
  // A copy, which the writes to the output cannot change.
  const AddQuantization<T> rule = quantization;
  AddScalar(pixels, channels, a, a_stride, b, b_stride, output, output_stride, [rule](T value_a, T value_b) {
    const float product_a = static_cast<float>(value_a - rule.a_zero_point) * rule.a_scale;
    const float product_b = static_cast<float>(value_b - rule.b_zero_point) * rule.b_scale;
    return ClampAndRound(product_a + product_b, rule.output);
  });
}

}  // namespace

void add_f32_scalar(int pixels, int channels, const float* a, std::ptrdiff_t a_stride, const float* b,
                    std::ptrdiff_t b_stride, float* output, std::ptrdiff_t output_stride,
                    const ClampF32& clamp) {
  AddScalar(pixels, channels, a, a_stride, b, b_stride, output, output_stride,
            [clamp](float value_a, float value_b) { return Clamp(value_a + value_b, clamp); });
}

void add_qu8_scalar(int pixels, int channels, const uint8_t* a, std::ptrdiff_t a_stride, const uint8_t* b,
                    std::ptrdiff_t b_stride, uint8_t* output, std::ptrdiff_t output_stride,
                    const AddQuantization<uint8_t>& quantization) {
  AddScalarQ8(pixels, channels, a, a_stride, b, b_stride, output, output_stride, quantization);
}

void add_qs8_scalar(int pixels, int channels, const int8_t* a, std::ptrdiff_t a_stride, const int8_t* b,
                    std::ptrdiff_t b_stride, int8_t* output, std::ptrdiff_t output_stride,
                    const AddQuantization<int8_t>& quantization) {
  AddScalarQ8(pixels, channels, a, a_stride, b, b_stride, output, output_stride, quantization);
}

}  // namespace mobilenet
