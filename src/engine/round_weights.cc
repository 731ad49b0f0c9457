#include "src/engine/round_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <vector>

namespace mobilenet {

void RoundTogether(std::span<double> weights, double largest) {
  const auto rounded = [&](double weight) { return std::clamp(std::round(weight), -largest, largest); };
  double sum = 0;  // of the errors
  for (const double weight : weights) sum += rounded(weight) - weight;
  const double step = sum > 0 ? -1 : 1;
  // Only those whose error has the sum's sign can help, and none if the sum is at most half a step, as that
  // of a weight alone.
  struct Candidate {
    size_t index;
    double error;  // without its sign
  };
  std::vector<Candidate> candidates;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double error = rounded(weights[i]) - weights[i];
    weights[i] = rounded(weights[i]);
    if (std::abs(sum) > 0.5 && error * step < 0 && std::abs(weights[i] + step) <= largest) {
      candidates.push_back({i, std::abs(error)});
    }
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.error > b.error; });
  for (const auto& [index, error] : candidates) {
    const double change = (1 - kAlike) * (1 - 2 * error) + kAlike * (1 + 2 * step * sum);
    if (change >= 0) break;
    weights[index] += step;
    sum += step;
  }
}

}  // namespace mobilenet
