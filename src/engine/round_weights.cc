#include "src/engine/round_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace mobilenet {

void RoundTogether(std::span<double> weights, double largest) {
  std::vector<double> errors;
  double sum = 0;
  for (double& weight : weights) {
    const double rounded = std::clamp(std::round(weight), -largest, largest);
    errors.push_back(rounded - weight);
    sum += errors.back();
    weight = rounded;
  }
  // Only those whose error has the sum's sign can help, the largest errors first.
  const double step = sum > 0 ? -1 : 1;
  std::vector<size_t> order;
  for (size_t i = 0; i < errors.size(); ++i) {
    if (errors[i] * step < 0 && std::abs(weights[i] + step) <= largest) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return std::abs(errors[a]) > std::abs(errors[b]); });
  for (const size_t i : order) {
    const double change = (1 - kAlike) * (1 - 2 * std::abs(errors[i])) + kAlike * (1 + 2 * step * sum);
    if (change >= 0) break;
    weights[i] += step;
    sum += step;
  }
}

}  // namespace mobilenet
