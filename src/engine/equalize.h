// Makes channels of one feature map more alike before it is quantised. A map has one scale for all of its
// channels, so that a small channel beside a large one has few steps. If a map is written and read only by
// layers with weights, additions and pools, and has no activation except ReLU, each channel can be multiplied
// by a factor of its own: in the weights and biases that write it, and divided out of the weights that read
// it. The network computes the same as before (Nagel et al. 2019, section 4.1; with ReLU6 it would not).
//
// The factor is the square root of what would make a channel as large as the largest (Xiao et al. 2022 with
// their alpha of 1/2): with all of it, weights that read small channels become so large that the others of
// their output channel lose theirs, and what the calibration has not seen is clipped.
#pragma once

#include <span>
#include <vector>

#include "models/network.h"
#include "src/engine/calibration.h"

namespace mobilenet {

// For each value except the scores: whether its channels may have factors. They may in the linear maps of
// inverted residuals, and in those between the layers of ResNet and VGG.
std::vector<bool> CanBeEqualized(const Network& network);

// For each value except the scores: what its channels are multiplied by; empty if it stays as it is.
using ChannelFactors = std::vector<std::vector<float>>;
ChannelFactors Equalize(const Network& network, std::span<const ValueStatistics> statistics);

}  // namespace mobilenet
