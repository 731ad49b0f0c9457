#include "src/teach/rejection.h"

#include <algorithm>
#include <cstddef>

namespace mobilenet {
namespace {

constexpr double kAccepted = 0.95;

// The part of the sorted scores that lies below the threshold.
double PartBelow(const std::vector<float>& sorted, double threshold) {
  if (sorted.empty()) return 0;
  const auto below =
      std::lower_bound(sorted.begin(), sorted.end(), threshold,
                       [](float score, double value) { return static_cast<double>(score) < value; }) -
      sorted.begin();
  return static_cast<double>(below) / static_cast<double>(sorted.size());
}

}  // namespace

Rejection ChooseRejection(std::vector<float> right, std::span<const float> wrong, std::vector<float> others) {
  std::sort(right.begin(), right.end());
  std::sort(others.begin(), others.end());
  std::vector<float> own = right;
  own.insert(own.end(), wrong.begin(), wrong.end());
  std::sort(own.begin(), own.end());
  Rejection rejection;
  if (others.empty()) {
    if (!right.empty()) {
      const auto i = static_cast<size_t>((1 - kAccepted) * static_cast<double>(right.size()));
      rejection.threshold = static_cast<double>(right[i]);
    }
  } else {
    std::vector<float> scores = right;
    scores.insert(scores.end(), others.begin(), others.end());
    std::sort(scores.begin(), scores.end());
    double best = -1;
    for (size_t i = 0; i <= scores.size(); ++i) {
      // Halfway between neighbours; below and above all of them.
      const double low = i == 0 ? 0 : static_cast<double>(scores[i - 1]);
      const double high = i == scores.size() ? 1 : static_cast<double>(scores[i]);
      const double threshold = i == 0 ? 0 : (low + high) / 2;
      const double sum = 1 - PartBelow(right, threshold) + PartBelow(others, threshold);
      if (sum <= best) continue;
      best = sum;
      rejection.threshold = threshold;
    }
  }
  rejection.accepted = 1 - PartBelow(own, rejection.threshold);
  rejection.others_rejected = PartBelow(others, rejection.threshold);
  return rejection;
}

}  // namespace mobilenet
