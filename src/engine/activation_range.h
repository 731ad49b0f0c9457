// The range to which a layer's fused activation clamps its output, in the output's own type.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "models/layer.h"
#include "src/base/tensor.h"

namespace mobilenet {

// Whether the activation only clamps.
inline bool IsClamp(Activation activation) {
  return activation != Activation::kSigmoid && activation != Activation::kTanh;
}

// {min, max} as real values.
inline std::pair<float, float> FloatActivationRange(Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case Activation::kRelu6:
      return {0.0f, 6.0f};
    case Activation::kRelu:
      return {0.0f, kInfinity};
    case Activation::kNone:
    case Activation::kSigmoid:  // curves over the whole range
    case Activation::kTanh:
      break;
  }
  return {-kInfinity, kInfinity};
}

// {min, max} as quantised values: the real range rounded to the nearest step, cut to what T holds.
template <typename T>
std::pair<T, T> QuantizedActivationRange(Activation activation, const Quantization& output) {
  constexpr auto kLowest = static_cast<float>(std::numeric_limits<T>::min());
  constexpr auto kHighest = static_cast<float>(std::numeric_limits<T>::max());
  const auto [real_min, real_max] = FloatActivationRange(activation);
  const auto quantize = [&](float real) {
    const float steps = std::round(real / output.scale) + static_cast<float>(output.zero_point);
    return static_cast<T>(std::clamp(steps, kLowest, kHighest));
  };
  return {quantize(real_min), quantize(real_max)};
}

}  // namespace mobilenet
