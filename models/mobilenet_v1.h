// What MobileNet V1 shares with its two ablations in Tables 4 and 5 of arXiv 1704.04861.
#pragma once

#include <algorithm>
#include <span>

#include "models/network.h"
#include "models/registry.h"

namespace mobilenet {

struct DepthwiseSeparable {
  int stride;
  int channels;  // of the pointwise convolution, at width 1.0
};

// Table 1. The paper prints stride 2 for the last depthwise layer, but its own shapes, and every
// implementation, have stride 1.
inline constexpr DepthwiseSeparable kMobileNetV1Pairs[] = {
    {1, 64},  {2, 128}, {1, 128}, {2, 256}, {1, 256},  {2, 512},  {1, 512},
    {1, 512}, {1, 512}, {1, 512}, {1, 512}, {2, 1024}, {1, 1024},
};

// A width of C channels becomes max(8, floor(width_multiplier x C)), as in the published networks.
inline int MobileNetV1Channels(const NetworkSize& size, int channels) {
  return std::max(8, static_cast<int>(size.width_multiplier * channels));
}

// conv1, conv_dw_1, conv_pw_1, ..., logits.
Network MobileNetV1Of(const NetworkSize& size, std::span<const DepthwiseSeparable> pairs);

}  // namespace mobilenet
