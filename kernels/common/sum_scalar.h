// Sums of values over the pixels of a window, channel by channel.
#pragma once

#include <algorithm>

#include "kernels/common/pool_window.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// finish(c, sum) for every channel, added up in the order of the pixels.
template <typename Sum, typename T, typename Finish>
void SumChannels(const PoolWindow<T>& window, int channels, const Finish& finish) {
  constexpr int kBlock = 16;  // channels added up together, in the order of memory
  for (int c_begin = 0; c_begin < channels; c_begin += kBlock) {
    const int block = std::min(kBlock, channels - c_begin);
    Sum sums[kBlock] = {};
    for (int row = 0; row < window.rows; ++row) {
      const T* values = window.first + row * window.row_stride + c_begin;
      for (int column = 0; column < window.columns; ++column, values += window.pixel_stride) {
        for (int j = 0; j < block; ++j) sums[j] += values[j];
      }
    }
    for (int j = 0; j < block; ++j) finish(c_begin + j, sums[j]);
  }
}

}  // namespace
}  // namespace mobilenet
