#include "src/eval/statistics.h"

#include <cmath>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

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
