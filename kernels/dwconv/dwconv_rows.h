// What the kernels for x86-64, and those with ARM's dot product, compute at a time: columns of the input are
// read once, from left to right, for one row of outputs or, with stride 1, for two.
#pragma once

#include <cstddef>
#include <type_traits>

#include "kernels/common/conv_geometry.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// What some channels of kRows rows of outputs are computed from, with a window of kTaps x kTaps. kStride = 0:
// any stride
template <int kTaps, typename T, int kRows, int kStride>
struct DwconvRows {
  static constexpr int kInputRows = kTaps + (kRows - 1) * kStride;

  // Rows from `oh` on, of channels from `c` on. padding: as many zeros, or zero points, as are loaded at once
  DwconvRows(const ConvGeometry& geometry, int oh, int c, const T* input, const T* padding, T* output)
      : output_step(geometry.output_pixel_stride),
        input_width(geometry.input_width),
        output_width(geometry.output_width),
        first_column(-geometry.pad_left),
        column_step(geometry.stride),
        channels(geometry.output_channels - c) {
    const int ih = oh * geometry.stride - geometry.pad_top;
    for (int row = 0; row < kInputRows; ++row) {
      const bool is_inside = ih + row >= 0 && ih + row < geometry.input_height;
      inputs[row] = is_inside ? input + (ih + row) * geometry.input_row_stride + c : padding;
      steps[row] = is_inside ? geometry.input_pixel_stride : 0;
    }
    for (int row = 0; row < kRows; ++row) outputs[row] = output + (oh + row) * geometry.output_row_stride + c;
  }

  // Outputs [begin, end) of each row.
  DwconvRows Part(int begin, int end) const {
    DwconvRows part = *this;
    for (T*& part_output : part.outputs) part_output += begin * output_step;
    part.first_column += begin * column_step;
    part.output_width = end - begin;
    return part;
  }

  // Column 0. Rows outside the input are rows of padding, in which a step goes nowhere.
  const T* inputs[kInputRows];
  std::ptrdiff_t steps[kInputRows];
  T* outputs[kRows];
  std::ptrdiff_t output_step;
  int input_width;
  int output_width;
  int first_column;  // of the first output
  int column_step;
  int channels;  // that are left
};

// compute(rows, stride, oh), both constants, for all rows of outputs [row_begin, row_end).
template <typename Compute>
void ForEachRows(int stride, int row_begin, int row_end, const Compute& compute) {
  using One = std::integral_constant<int, 1>;
  int oh = row_begin;
  if (stride == 1) {
    for (; oh + 2 <= row_end; oh += 2) compute(std::integral_constant<int, 2>(), One(), oh);
    if (oh < row_end) compute(One(), One(), oh);
  } else if (stride == 2) {
    for (; oh < row_end; ++oh) compute(One(), std::integral_constant<int, 2>(), oh);
  } else {
    for (; oh < row_end; ++oh) compute(One(), std::integral_constant<int, 0>(), oh);
  }
}

}  // namespace
}  // namespace mobilenet
