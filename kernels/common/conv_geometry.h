// Sizes of a 3x3 convolution (conv3x3, dwconv3x3) and which of its taps meet the input.
#pragma once

#include <algorithm>
#include <cstddef>

namespace mobilenet {

// output[oh, ow] reads input rows oh*stride - pad_top ... + 2 and columns ow*stride - pad_left ... + 2; what
// lies outside the input is padding, a real zero. Padding at the bottom and right follows from the sizes. A
// strip of rows of a larger feature map is a geometry of its own: pad_top is 0 but for the first strip, and
// input_height ends where the strip's input does.
struct ConvGeometry {
  int input_height = 0;
  int input_width = 0;
  int input_channels = 0;
  int output_height = 0;
  int output_width = 0;
  int output_channels = 0;
  int stride = 1;    // 1 or 2
  int pad_top = 0;   // 0...2
  int pad_left = 0;  // 0...2
  // Elements from one row to the next, at least width * channels.
  std::ptrdiff_t input_row_stride = 0;
  std::ptrdiff_t output_row_stride = 0;
};

inline constexpr int kTaps = 3;  // in each direction

// The taps [begin, end) of 0...2 that meet one of `size` rows (columns) when tap 0 lies on row `start`; empty
// if none does.
struct TapRange {
  bool IsFull() const { return begin == 0 && end == kTaps; }
  bool Contains(int tap) const { return tap >= begin && tap < end; }

  int begin;
  int end;
};

inline TapRange ValidTaps(int start, int size) {
  const int begin = std::clamp(-start, 0, kTaps);
  return {begin, std::clamp(size - start, begin, kTaps)};
}

}  // namespace mobilenet
