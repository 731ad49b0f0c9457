#include "src/base/statistics.h"

#include <cmath>

#include "src/base/random.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a distribution is described by its quantiles, mean and standard deviation") {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  const Distribution all = Describe(values);
  CHECK(all.min == 0);
  CHECK(all.median == 50);
  CHECK(all.p90 == 90);
  CHECK(all.p99 == 99);
  CHECK(all.max == 100);
  CHECK(all.mean == 50);
  CHECK(std::abs(all.stddev - 29.300171) < 1e-6);  // sqrt(101 * 102 / 12)
  CHECK(all.outliers == 0);

  const Distribution one = Describe({7});
  CHECK(one.min == 7);
  CHECK(one.p99 == 7);
  CHECK(one.stddev == 0);
  CHECK(one.outliers == 0);

  const Distribution two = Describe({4, 2});
  CHECK(two.median == 3);
  CHECK(std::abs(two.p90 - 3.8) < 1e-12);
}

TEST_CASE("outliers are counted on both sides, far from the quartiles") {
  // Quartiles 10 and 12: the fences are 4 and 18.
  CHECK(Describe({10, 10, 10, 11, 12, 12, 12, 18, 4}).outliers == 0);
  CHECK(Describe({10, 10, 10, 11, 12, 12, 12, 18.1, 3.9}).outliers == 2);
}

// Latencies as on real machines: noise, and now and then a stretch of slower runs.
std::vector<double> Latencies(Random& random, double factor) {
  std::vector<double> values;
  for (int i = 0; i < 200; ++i) {
    const double slow = random.Integer(0, 19) == 0 ? random.Uniform(0, 2) : 0;
    values.push_back(factor * (10 + random.Uniform(-0.3, 0.3) + slow));
  }
  return values;
}

TEST_CASE("a slow-down of a tenth lies outside the ratio's interval, and 1 lies inside for equal runs") {
  Random random(42);
  int false_alarms = 0;
  for (int i = 0; i < 20; ++i) {
    const std::vector<double> earlier = Latencies(random, 1);
    for (const Statistic statistic : {Statistic::kMedian, Statistic::kMean, Statistic::kP90}) {
      const Ratio slower = RatioOf(earlier, Latencies(random, 1.1), statistic);
      CAPTURE(i, slower.low, slower.ratio, slower.high);
      CHECK(slower.low <= slower.ratio);
      CHECK(slower.ratio <= slower.high);
      if (statistic == Statistic::kMedian) CHECK(slower.low > 1.05);
    }
    const Ratio equal = RatioOf(earlier, Latencies(random, 1), Statistic::kMedian);
    if (equal.low > 1 || equal.high < 1) ++false_alarms;
  }
  CHECK(false_alarms <= 3);
}

TEST_CASE("the ratio of single values is that of the values") {
  const std::vector<double> four = {4};
  const std::vector<double> six = {6};
  const Ratio ratio = RatioOf(four, six, Statistic::kMin);
  CHECK(ratio.low == 1.5);
  CHECK(ratio.ratio == 1.5);
  CHECK(ratio.high == 1.5);
}

// The rates p0 from which the observation is 1.96 deviations away, found by bisection.
TEST_CASE("Wilson's interval at 95 %") {
  const RateInterval most = WilsonInterval(88, 100);
  CHECK(std::abs(most.low - 0.801879) < 1e-5);
  CHECK(std::abs(most.high - 0.930006) < 1e-5);
  const RateInterval all = WilsonInterval(10, 10);
  CHECK(std::abs(all.low - 0.722467) < 1e-5);
  CHECK(all.high == 1);
  const RateInterval none = WilsonInterval(0, 10);
  CHECK(none.low == 0);
  CHECK(std::abs(none.high - 0.277533) < 1e-5);
  CHECK(WilsonInterval(0, 0).low == 0);
  CHECK(WilsonInterval(0, 0).high == 1);
}

TEST_CASE("McNemar's exact test is the two-sided binomial one") {
  CHECK(McNemarProbability(0, 0) == 1);
  CHECK(McNemarProbability(7, 7) == 1);
  // 2 (1 + 10 + 45) / 1024
  CHECK(std::abs(McNemarProbability(2, 8) - 0.109375) < 1e-12);
  CHECK(std::abs(McNemarProbability(8, 2) - 0.109375) < 1e-12);
  CHECK(std::abs(McNemarProbability(0, 10) - 2.0 / 1024) < 1e-12);
  // For large numbers, the normal distribution with its continuity correction is close.
  const double z = (1100.0 - 1000.0 - 1) / std::sqrt(2100.0);
  CHECK(std::abs(McNemarProbability(1000, 1100) - std::erfc(z / std::sqrt(2.0))) < 1e-3);
  CHECK(McNemarProbability(100, 30000) >= 0);
}

}  // namespace
}  // namespace mobilenet
