// The walk over the maps that the vector kernels of convert share.
#pragma once

#include "kernels/common/runs.h"
#include "kernels/convert/convert.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// convert(input, output) converts kElements of them at once; what is left of a run is left to the scalar
// kernel.
template <int kElements, typename From, typename To, typename Function>
void ConvertRuns(int pixels, int channels, const From* input, std::ptrdiff_t input_stride, To* output,
                 std::ptrdiff_t output_stride, const Function& convert, Convert<From, To>* scalar) {
  const Runs runs = RunsOf(pixels, channels, {input_stride, output_stride});
  for (int run = 0; run < runs.count; ++run, input += input_stride, output += output_stride) {
    std::ptrdiff_t i = 0;
    for (; i + kElements <= runs.size; i += kElements) convert(input + i, output + i);
    const int left = static_cast<int>(runs.size - i);
    if (left > 0) scalar(1, left, input + i, left, output + i, left);
  }
}

}  // namespace
}  // namespace mobilenet
