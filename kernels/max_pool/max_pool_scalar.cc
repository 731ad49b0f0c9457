// The output pixel holds the largest values so far, all channels of one tap after the other: compilers
// vectorise over the channels.
#include "kernels/max_pool/max_pool.h"

#include <algorithm>
#include <limits>

#include "kernels/common/pool_window.h"

namespace mobilenet {
namespace {

// Below every value.
template <typename T>
constexpr T Lowest() {
  using Limits = std::numeric_limits<T>;
  return Limits::has_infinity ? -Limits::infinity() : Limits::lowest();
}

template <typename T>
void MaxPoolScalar(const ConvGeometry& g, int oh_begin, int oh_end, const T* input, T* output) {
  const int channels = g.output_channels;
  ForEachPoolWindow(g, oh_begin, oh_end, input, output, [&](const PoolWindow<T>& window, T* pixel) {
    std::fill_n(pixel, channels, Lowest<T>());
    for (int row = 0; row < window.rows; ++row) {
      const T* values = window.first + row * window.row_stride;
      for (int column = 0; column < window.columns; ++column, values += window.pixel_stride) {
        for (int c = 0; c < channels; ++c) pixel[c] = values[c] > pixel[c] ? values[c] : pixel[c];
      }
    }
  });
}

}  // namespace

void max_pool_f32_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const float* input, float* output) {
  MaxPoolScalar(g, oh_begin, oh_end, input, output);
}

void max_pool_qu8_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const uint8_t* input,
                         uint8_t* output) {
  MaxPoolScalar(g, oh_begin, oh_end, input, output);
}

void max_pool_qs8_scalar(const ConvGeometry& g, int oh_begin, int oh_end, const int8_t* input,
                         int8_t* output) {
  MaxPoolScalar(g, oh_begin, oh_end, input, output);
}

}  // namespace mobilenet
