// Rounding, written once: how an int32 accumulator becomes uint8 or int8. It is XNNPACK's "fp32"
// requantisation (its src/xnnpack/requantization.h), step by step, so that results are the same to the bit on
// every architecture: multiply in float, clamp in float, round to nearest with ties to even, add the zero
// point.
//
// T is uint8_t (qu8) or int8_t (qs8); real value = scale * (quantised - zero_point).
#pragma once

#include <bit>
#include <cassert>
#include <cstdint>

namespace mobilenet {

// What a quantised kernel writes.
template <typename T>
struct QuantizedOutput {
  QuantizedOutput(int output_zero_point, T output_min, T output_max)
      : min_less_zero_point(static_cast<float>(output_min - output_zero_point)),
        max_less_zero_point(static_cast<float>(output_max - output_zero_point)),
        zero_point(output_zero_point) {
    assert(output_min <= output_max);
  }

  float min_less_zero_point;
  float max_less_zero_point;
  int32_t zero_point;
};

// In this order, in float: (input_scale * weights_scale) / output_scale, as XNNPACK computes it.
inline float RequantizationScale(float input_scale, float weights_scale, float output_scale) {
  return input_scale * weights_scale / output_scale;
}

// Turns a difference from the input's zero point into one from the output's, without weights: add, copy.
inline float RescaleFactor(float input_scale, float output_scale) {
  return input_scale / output_scale;
}

// To the nearest integer, ties to even, for |value| <= 2^22: the last bit of a float between 2^23 and 2^24 is
// 1, so the addition rounds. Compilers vectorise it, but not lrintf.
inline int32_t RoundToInt(float value) {
  constexpr float kUnit = 0x1.8p23f;
  return std::bit_cast<int32_t>(value + kUnit) - std::bit_cast<int32_t>(kUnit);
}

// A value in units of the output's scale, rounded. NaN, which infinite scales can cause, becomes the minimum.
template <typename T>
inline T ClampAndRound(float value, const QuantizedOutput<T>& output) {
  value = value > output.min_less_zero_point ? value : output.min_less_zero_point;
  value = value < output.max_less_zero_point ? value : output.max_less_zero_point;
  return static_cast<T>(RoundToInt(value) + output.zero_point);
}

template <typename T>
inline T Requantize(int32_t accumulator, float scale, const QuantizedOutput<T>& output) {
  return ClampAndRound(static_cast<float>(accumulator) * scale, output);
}

// Modulo 2^32: a bias is whatever the model file contains, and overflow must not be undefined.
inline int32_t AddWrapping(int32_t a, int32_t b) {
  return static_cast<int32_t>(static_cast<uint32_t>(a) + static_cast<uint32_t>(b));
}

}  // namespace mobilenet
