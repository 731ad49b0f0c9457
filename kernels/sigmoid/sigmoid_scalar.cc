// Plain C++ on every CPU: it runs over the classes once. In double, whose last bits, in which C libraries
// differ, are gone when the result is rounded to float: the scores are the same everywhere.
#include "kernels/sigmoid/sigmoid.h"

#include <cassert>
#include <cmath>

namespace mobilenet {
namespace {

// exp(-x) of a float that is far below 0 is infinite, and the quotient 0, as it should be.
float SigmoidOf(float x) {
  return static_cast<float>(1 / (1 + std::exp(-double{x})));
}

template <typename T>
void SigmoidScalarQ8(int n, const T* input, float scale, int zero_point, float* output) {
  assert(n > 0);
  for (int i = 0; i < n; ++i) output[i] = SigmoidOf(scale * static_cast<float>(input[i] - zero_point));
}

}  // namespace

void sigmoid_f32_scalar(int n, const float* input, float* output) {
  assert(n > 0);
  for (int i = 0; i < n; ++i) output[i] = SigmoidOf(input[i]);
}

void sigmoid_qu8_scalar(int n, const uint8_t* input, float scale, int zero_point, float* output) {
  SigmoidScalarQ8(n, input, scale, zero_point, output);
}

void sigmoid_qs8_scalar(int n, const int8_t* input, float scale, int zero_point, float* output) {
  SigmoidScalarQ8(n, input, scale, zero_point, output);
}

}  // namespace mobilenet
