// Plain C++ on every CPU: 1001 exponentials are a thousandth of the work of an image, or less.
#include "kernels/softmax/softmax.h"

#include <algorithm>
#include <cassert>
#include <cmath>

namespace mobilenet {
namespace {

// x[i] - max x = less_maximum(input[i]), at most 0, so that exp never overflows.
template <typename T, typename LessMaximum>
void Softmax(int n, const T* input, float* output, const LessMaximum& less_maximum) {
  double sum = 0;  // of up to a million terms
  for (int i = 0; i < n; ++i) {
    output[i] = std::exp(less_maximum(input[i]));
    sum += output[i];
  }
  const auto scale = static_cast<float>(1 / sum);
  for (int i = 0; i < n; ++i) output[i] *= scale;
}

template <typename T>
void SoftmaxScalarQ8(int n, const T* input, float scale, float* output) {
  assert(n > 0);
  const int maximum = *std::max_element(input, input + n);
  Softmax(n, input, output, [&](int value) { return scale * static_cast<float>(value - maximum); });
}

}  // namespace

void softmax_f32_scalar(int n, const float* input, float* output) {
  assert(n > 0);
  const float maximum = *std::max_element(input, input + n);
  Softmax(n, input, output, [&](float value) { return value - maximum; });
}

void softmax_qu8_scalar(int n, const uint8_t* input, float scale, float* output) {
  SoftmaxScalarQ8(n, input, scale, output);
}

void softmax_qs8_scalar(int n, const int8_t* input, float scale, float* output) {
  SoftmaxScalarQ8(n, input, scale, output);
}

}  // namespace mobilenet
