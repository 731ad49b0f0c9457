// How an elementwise kernel goes through its maps.
#pragma once

#include <cstddef>
#include <initializer_list>

namespace mobilenet {

// Runs of `size` elements that lie side by side in every map: `count` of them, a pixel stride apart.
struct Runs {
  int count;
  std::ptrdiff_t size;
};

// The channels of each pixel, or the whole map if none of the pixel strides leaves a gap.
inline Runs RunsOf(int pixels, int channels, std::initializer_list<std::ptrdiff_t> strides) {
  for (std::ptrdiff_t stride : strides) {
    if (stride != channels) return {pixels, channels};
  }
  return {1, std::ptrdiff_t{pixels} * channels};
}

}  // namespace mobilenet
