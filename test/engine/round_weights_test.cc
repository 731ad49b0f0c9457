// Rounding the taps of a window together, against all ways to round them down or up.
#include "src/engine/round_weights.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "src/base/random.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

double Cost(const std::vector<double>& weights, const std::vector<double>& rounded) {
  double squares = 0;
  double sum = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    const double error = rounded[i] - weights[i];
    squares += error * error;
    sum += error;
  }
  return (1 - kAlike) * squares + kAlike * sum * sum;
}

TEST_CASE("weights that are rounded together have the smallest error of all directions") {
  Random random(1);
  for (int round = 0; round < 500; ++round) {
    std::vector<double> weights(static_cast<size_t>(random.Integer(1, 9)));
    for (double& weight : weights) weight = random.Uniform(-3, 3);
    double smallest = INFINITY;
    for (uint32_t ups = 0; ups < 1u << weights.size(); ++ups) {
      std::vector<double> rounded;
      for (size_t i = 0; i < weights.size(); ++i) {
        rounded.push_back((ups >> i & 1) != 0 ? std::ceil(weights[i]) : std::floor(weights[i]));
      }
      smallest = std::min(smallest, Cost(weights, rounded));
    }
    std::vector<double> together = weights;
    RoundTogether(together, 3);
    CAPTURE(weights, together, smallest);
    CHECK(std::abs(Cost(weights, together) - smallest) < 1e-9);
    for (size_t i = 0; i < weights.size(); ++i) CHECK(std::abs(together[i] - weights[i]) < 1);
  }
}

TEST_CASE("a weight alone is rounded to the nearest, and none beyond the largest") {
  for (const double weight : {0.4, -0.4, 0.6, -0.6, 126.7, -127.0}) {
    std::vector<double> alone = {weight};
    RoundTogether(alone, 127);
    CHECK(alone[0] == std::round(weight));
  }
  // The sum of the errors would be 0 with one step more of the first.
  std::vector<double> weights = {127.4, 3.3, 3.3};
  RoundTogether(weights, 127);
  CHECK(weights == std::vector<double>{127, 4, 3});
}

}  // namespace
}  // namespace mobilenet
