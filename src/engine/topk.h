// The best classes of a score vector.
#pragma once

#include <span>
#include <vector>

namespace mobilenet {

// Indices of the min(k, scores.size()) highest scores, best first; equal scores in the order of their
// indices.
std::vector<int> TopK(std::span<const float> scores, int k);

}  // namespace mobilenet
