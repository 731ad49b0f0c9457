// How a pooling kernel walks over its windows.
#pragma once

#include <cassert>
#include <cstddef>

#include "kernels/common/conv_geometry.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// The pixels of the input that one window covers: rows x columns of them, at least one, a row stride and a
// pixel stride apart.
template <typename T>
struct PoolWindow {
  const T* first;
  int rows;
  int columns;
  std::ptrdiff_t row_stride;
  std::ptrdiff_t pixel_stride;
};

// visit(window, output pixel) for the output rows [oh_begin, oh_end).
template <typename T, typename Visit>
void ForEachPoolWindow(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output,
                       const Visit& visit) {
  assert(g.input_channels == g.output_channels);
  for (int oh = oh_begin; oh < oh_end; ++oh) {
    const int ih = oh * g.stride - g.pad_top;
    const TapRange rows = ValidTaps(ih, g.input_height, g.kernel_height);
    T* pixel = output + oh * g.output_row_stride;
    for (int ow = 0; ow < g.output_width; ++ow, pixel += g.output_pixel_stride) {
      const int iw = ow * g.stride - g.pad_left;
      const TapRange columns = ValidTaps(iw, g.input_width, g.kernel_width);
      assert(rows.Count() > 0 && columns.Count() > 0);
      const T* first =
          input + (ih + rows.begin) * g.input_row_stride + (iw + columns.begin) * g.input_pixel_stride;
      visit(PoolWindow<T>{first, rows.Count(), columns.Count(), g.input_row_stride, g.input_pixel_stride},
            pixel);
    }
  }
}

}  // namespace
}  // namespace mobilenet
