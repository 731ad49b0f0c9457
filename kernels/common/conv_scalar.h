// The loop over pixels that the scalar 3x3 kernels share.
#pragma once

#include "kernels/common/conv_geometry.h"

namespace mobilenet {

// compute(input_offset, rows, columns, output_offset) for each pixel of the output rows [row_begin, row_end).
// The input's element for tap (kh, kw) and channel 0 is at input_offset + kh * input_row_stride + kw *
// input_channels, an offset because tap (0, 0) may lie outside the input; only taps in the two ranges are
// inside.
template <typename Compute>
inline void ForEachOutputPixel(const ConvGeometry& geometry, int row_begin, int row_end,
                               const Compute& compute) {
  for (int oh = row_begin; oh < row_end; ++oh) {
    const int ih = oh * geometry.stride - geometry.pad_top;
    const TapRange rows = ValidTaps(ih, geometry.input_height);
    for (int ow = 0; ow < geometry.output_width; ++ow) {
      const int iw = ow * geometry.stride - geometry.pad_left;
      const TapRange columns = ValidTaps(iw, geometry.input_width);
      compute(ih * geometry.input_row_stride + std::ptrdiff_t{iw} * geometry.input_channels, rows, columns,
              oh * geometry.output_row_stride + std::ptrdiff_t{ow} * geometry.output_channels);
    }
  }
}

}  // namespace mobilenet
