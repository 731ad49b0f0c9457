// What a quantised convolution reads and writes, per tensor. The scales of the weights, one per output
// channel, are among the packed weights.
#pragma once

#include "kernels/common/requantize.h"

namespace mobilenet {

template <typename T>  // uint8_t (qu8), int8_t (qs8)
struct ConvQuantization {
  T input_zero_point;
  T weights_zero_point;  // 0 for qs8
  QuantizedOutput<T> output;
};

}  // namespace mobilenet
