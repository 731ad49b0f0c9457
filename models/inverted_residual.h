// The block of MobileNet V2 (arXiv 1801.04381, section 3.3), shared by later networks: a pointwise
// convolution expands the channels, a depthwise one filters them, a linear pointwise one projects them back;
// the block's input is added if shape and stride allow it.
#pragma once

#include <string>

#include "models/network_builder.h"

namespace mobilenet {

struct InvertedResidual {
  int expansion = 6;  // 1: no expanding layer
  int kernel = 3;     // of the depthwise convolution
  int stride = 1;
  int channels = 0;  // of the output
};

// Layers NAME.expand, NAME.depthwise, NAME.project, NAME.add.
Value AddInvertedResidual(NetworkBuilder& net, const std::string& name, Value input,
                          const InvertedResidual& block);

// The channels scaled by a width multiplier: the nearest multiple of 8, at least 8, and not below 90 % of the
// exact number.
int RoundToEights(double channels);

}  // namespace mobilenet
