// Rounds weights that meet inputs which are alike, as a pixel and its neighbours are: the taps of a window.
// Each rounded by itself to the nearest integer, 25 taps are up to 12.5 steps off in sum, which all of a
// channel's outputs then are off by, times the input. Rounding a few of them the other way makes the sum
// right, for little (Guo et al. 2022, "SQuant", section 3: their step for each kernel).
#pragma once

#include <span>

namespace mobilenet {

// Rounds each weight, in steps, down or up, to -largest ... largest, so that
//   (1 - kAlike) * sum of squared errors + kAlike * (sum of errors)^2
// is as small as it becomes by changing the direction of one after another. This is the mean squared error of
// the output, but for a factor, if kAlike is the correlation of any two of the inputs.
inline constexpr double kAlike = 0.75;
void RoundTogether(std::span<double> weights, double largest);

}  // namespace mobilenet
