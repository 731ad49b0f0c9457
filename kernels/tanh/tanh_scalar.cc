// In double, whose last bits, in which C libraries differ, are gone when the result is rounded to float: the
// values are the same everywhere.
#include "kernels/tanh/tanh.h"

#include <cassert>
#include <cmath>

namespace mobilenet {

void tanh_f32_scalar(int n, const float* input, float* output) {
  assert(n > 0);
  for (int i = 0; i < n; ++i) output[i] = static_cast<float>(std::tanh(double{input[i]}));
}

}  // namespace mobilenet
