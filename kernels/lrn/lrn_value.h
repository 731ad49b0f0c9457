// One value of the output, step by step: the truth for all kernels of lrn.
#pragma once

#include <algorithm>
#include <cmath>

#include "kernels/lrn/lrn.h"

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// The power in all published networks. Its roots are rounded alike everywhere, and take a tenth of the time
// of a power.
constexpr float kRootsBeta = 0.75f;

inline int ChannelsBefore(const LrnRule& rule) {
  return (rule.size - 1) / 2;
}
inline int ChannelsAfter(const LrnRule& rule) {
  return rule.size / 2;
}
inline float ScaleOf(const LrnRule& rule) {
  return rule.alpha / static_cast<float>(rule.size);
}

inline float PowerOf(float base, float beta) {
  if (beta == kRootsBeta) {
    const float root = std::sqrt(base);
    return root * std::sqrt(root);
  }
  return static_cast<float>(std::pow(double{base}, double{beta}));
}

inline float LrnValue(const float* pixel, int channels, int c, const LrnRule& rule) {
  const int begin = std::max(c - ChannelsBefore(rule), 0);
  const int end = std::min(c + ChannelsAfter(rule) + 1, channels);
  float sum = 0;
  for (int j = begin; j < end; ++j) sum += pixel[j] * pixel[j];
  return pixel[c] / PowerOf(rule.k + ScaleOf(rule) * sum, rule.beta);
}

}  // namespace
}  // namespace mobilenet
