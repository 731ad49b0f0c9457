// Channels of one feature map made more alike before it is quantised. A map has one scale for all of its
// channels, so that a small channel beside a large one has few steps. Where nothing but layers with weights,
// additions and pools write and read a map, and no activation but ReLU, each channel can be multiplied by a
// factor of its own: in the weights and biases that write it, and divided out of the weights that read it.
// The network computes the same as before (Nagel et al. 2019, section 4.1; with ReLU6 it would not).
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

// Of each value but the scores whether its channels may have factors: the linear maps of inverted residuals,
// and those between the layers of ResNet and VGG.
std::vector<bool> CanBeEqualized(const Network& network);

// Of each value but the scores what its channels are multiplied by; empty where it stays as it is.
using ChannelFactors = std::vector<std::vector<float>>;
ChannelFactors Equalize(const Network& network, std::span<const ValueStatistics> statistics);

}  // namespace mobilenet
