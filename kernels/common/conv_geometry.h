// Sizes of a convolution (conv, dwconv), and which of its taps lie inside the input.
#pragma once

#include <algorithm>
#include <cstddef>

namespace mobilenet {

// output[oh, ow] reads input rows oh*stride - pad_top and the KH - 1 after it, columns ow*stride - pad_left
// and the KW - 1 after it; everything outside the input is padding, a real zero. Padding at the bottom and
// right follows from the sizes. A strip of rows of a larger feature map has its own geometry: pad_top is 0
// except in the first strip, and input_height ends where the strip's input does.
struct ConvGeometry {
  int input_height = 0;
  int input_width = 0;
  int input_channels = 0;
  int output_height = 0;
  int output_width = 0;
  int output_channels = 0;
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  int groups = 1;  // of conv; divides both numbers of channels
  int pad_top = 0;
  int pad_left = 0;
  // Elements from one row to the next, and from one pixel to the next: at least the number of channels, more
  // if the map is a range of channels of a wider one.
  std::ptrdiff_t input_row_stride = 0;
  std::ptrdiff_t input_pixel_stride = 0;
  std::ptrdiff_t output_row_stride = 0;
  std::ptrdiff_t output_pixel_stride = 0;
};

// The taps [begin, end) of 0 ... `taps` - 1 that lie on one of `size` rows (columns) if tap 0 lies on row
// `start`; empty if none does.
struct TapRange {
  int Count() const { return end - begin; }
  bool Contains(int tap) const { return tap >= begin && tap < end; }

  int begin;
  int end;
};

inline TapRange ValidTaps(int start, int size, int taps) {
  const int begin = std::clamp(-start, 0, taps);
  return {begin, std::clamp(size - start, begin, taps)};
}

}  // namespace mobilenet
