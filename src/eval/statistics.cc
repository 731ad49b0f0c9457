#include "src/eval/statistics.h"

#include <algorithm>
#include <cmath>

namespace mobilenet {

RateInterval WilsonInterval(int64_t right, int64_t n) {
  if (n == 0) return {};
  constexpr double kZ = 1.959963984540054;  // the normal distribution at 97.5 %
  const auto count = static_cast<double>(n);
  const double rate = static_cast<double>(right) / count;
  const double scale = 1 + kZ * kZ / count;
  const double middle = (rate + kZ * kZ / (2 * count)) / scale;
  const double half = kZ * std::sqrt(rate * (1 - rate) / count + kZ * kZ / (4 * count * count)) / scale;
  // Exact if all, or none, are right, which rounding would miss.
  return {right == 0 ? 0 : std::max(0.0, middle - half), right == n ? 1 : std::min(1.0, middle + half)};
}

double McNemarProbability(int64_t only_first, int64_t only_second) {
  const int64_t n = only_first + only_second;
  const int64_t fewer = std::min(only_first, only_second);
  // Twice the tail of the binomial distribution with 1/2, from its largest term down, since the first ones
  // may be too small for a double.
  const auto log_factorial = [](int64_t k) { return std::lgamma(static_cast<double>(k) + 1); };
  double term = std::exp(log_factorial(n) - log_factorial(fewer) - log_factorial(n - fewer) -
                         static_cast<double>(n) * std::log(2.0));
  double tail = 0;
  for (int64_t k = fewer; k >= 0 && term > 0; --k) {
    tail += term;
    term *= static_cast<double>(k) / static_cast<double>(n - k + 1);
  }
  return std::min(1.0, 2 * tail);
}

}  // namespace mobilenet
