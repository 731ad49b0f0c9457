#include "src/base/random.h"

#include <cmath>
#include <limits>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("random numbers are those of SplitMix64, the same everywhere") {
  // From the authors' implementation in C, with the seed 1234567.
  Random random(1234567);
  CHECK(random.Bits() == 6457827717110365317u);
  CHECK(random.Bits() == 3203168211198807973u);
  CHECK(random.Bits() == 9817491932198370423u);
}

TEST_CASE("random numbers reach both ends and no further") {
  Random random;
  bool low = false;
  bool high = false;
  double sum = 0;
  constexpr int kRounds = 10'000;
  for (int i = 0; i < kRounds; ++i) {
    const int integer = random.Integer(-3, 3);
    REQUIRE(integer >= -3);
    REQUIRE(integer <= 3);
    low |= integer == -3;
    high |= integer == 3;
    const double real = random.Uniform(-1, 3);
    REQUIRE(real >= -1);
    REQUIRE(real < 3);
    sum += real;
  }
  CHECK(low);
  CHECK(high);
  CHECK(std::abs(sum / kRounds - 1) < 0.05);
  // A range that an int cannot count.
  random.Integer(std::numeric_limits<int>::min(), std::numeric_limits<int>::max());
}

}  // namespace
}  // namespace mobilenet
