#include "src/base/statistics.h"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "src/base/random.h"

namespace mobilenet {
namespace {

constexpr int kResamples = 1000;
// With more values than this, a resample draws only this many: the interval becomes wider, not wrong.
constexpr size_t kMaxDrawn = 2000;
constexpr double kOuterFence = 3;

double Mean(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

// As many values as there are, drawn with replacement as blocks of neighbours.
std::vector<double> Resample(std::span<const double> values, Random& random) {
  const size_t count = std::min(values.size(), kMaxDrawn);
  const auto block = static_cast<size_t>(std::ceil(std::sqrt(static_cast<double>(count))));
  std::vector<double> drawn;
  while (drawn.size() < count) {
    const size_t begin = static_cast<size_t>(random.Integer(0, static_cast<int>(values.size()) - 1));
    for (size_t i = 0; i < block && drawn.size() < count; ++i) {
      drawn.push_back(values[(begin + i) % values.size()]);
    }
  }
  return drawn;
}

}  // namespace

double Quantile(std::span<const double> sorted, double part) {
  assert(!sorted.empty() && part >= 0 && part <= 1);
  const double at = part * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, sorted.size() - 1);
  return sorted[below] + (at - static_cast<double>(below)) * (sorted[above] - sorted[below]);
}

double ValueOf(Statistic statistic, std::vector<double> values) {
  switch (statistic) {
    case Statistic::kMin:
      return *std::min_element(values.begin(), values.end());
    case Statistic::kMean:
      return Mean(values);
    case Statistic::kMedian:
    case Statistic::kP90:
      break;
  }
  std::sort(values.begin(), values.end());
  return Quantile(values, statistic == Statistic::kMedian ? 0.5 : 0.9);
}

double Median(std::vector<double> values) {
  return ValueOf(Statistic::kMedian, std::move(values));
}

Distribution Describe(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  Distribution all;
  all.min = values.front();
  all.median = Quantile(values, 0.5);
  all.p90 = Quantile(values, 0.9);
  all.p99 = Quantile(values, 0.99);
  all.max = values.back();
  all.mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - all.mean) * (value - all.mean);
  if (values.size() > 1) all.stddev = std::sqrt(squares / static_cast<double>(values.size() - 1));
  const double lower = Quantile(values, 0.25);
  const double upper = Quantile(values, 0.75);
  const double far = kOuterFence * (upper - lower);
  all.outliers = static_cast<int>(std::count_if(values.begin(), values.end(), [&](double value) {
    return value < lower - far || value > upper + far;
  }));
  return all;
}

Ratio RatioOf(std::span<const double> earlier, std::span<const double> later, Statistic statistic) {
  const auto ratio = [&](std::vector<double> before, std::vector<double> after) {
    return ValueOf(statistic, std::move(after)) / ValueOf(statistic, std::move(before));
  };
  Random random(1);
  std::vector<double> ratios;
  for (int i = 0; i < kResamples; ++i) {
    std::vector<double> before = Resample(earlier, random);
    ratios.push_back(ratio(std::move(before), Resample(later, random)));
  }
  std::sort(ratios.begin(), ratios.end());
  return {ratio({earlier.begin(), earlier.end()}, {later.begin(), later.end()}), Quantile(ratios, 0.025),
          Quantile(ratios, 0.975)};
}

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
