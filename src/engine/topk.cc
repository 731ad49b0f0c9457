#include "src/engine/topk.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace mobilenet {
namespace {

// NaN, to which weights of absurd size can lead, has no order: it goes last.
float Rank(float score) {
  return std::isnan(score) ? -std::numeric_limits<float>::infinity() : score;
}

}  // namespace

std::vector<int> TopK(std::span<const float> scores, int k) {
  std::vector<int> indices(scores.size());
  std::iota(indices.begin(), indices.end(), 0);
  const auto end = indices.begin() + std::min<std::ptrdiff_t>(k, std::ssize(indices));
  std::partial_sort(indices.begin(), end, indices.end(), [&](int a, int b) {
    const float score_a = Rank(scores[static_cast<size_t>(a)]);
    const float score_b = Rank(scores[static_cast<size_t>(b)]);
    return score_a != score_b ? score_a > score_b : a < b;
  });
  indices.erase(end, indices.end());
  return indices;
}

}  // namespace mobilenet
