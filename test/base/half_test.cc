// Half floats against arithmetic on doubles, for all values.
#include "src/base/half.h"

#include <bit>
#include <cmath>
#include <limits>
#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

// As IEEE 754 defines it.
double ValueOfHalf(int half) {
  const int exponent = half >> 10 & 31;
  const int mantissa = half & 1023;
  const double magnitude =
      exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (half & 0x8000) != 0 ? -magnitude : magnitude;
}

TEST_CASE("every half float is widened to its value, and comes back") {
  for (int half = 0; half < 0x10000; ++half) {
    const float value = FloatOfHalf(static_cast<uint16_t>(half));
    if ((half & 0x7C00) == 0x7C00) {
      CHECK_FALSE(std::isfinite(value));
      CHECK_FALSE(HalfOf(value).has_value());
      continue;
    }
    if (static_cast<double>(value) != ValueOfHalf(half) || HalfOf(value) != half) {
      FAIL("half " << half << " is " << value);
    }
  }
}

TEST_CASE("floats become the nearest half float, ties to even") {
  for (int half = 0; half < 0x7BFF; ++half) {
    const double here = ValueOfHalf(half);
    const double next = ValueOfHalf(half + 1);
    const auto middle = static_cast<float>((here + next) / 2);  // exact
    const auto even = static_cast<uint16_t>(half % 2 == 0 ? half : half + 1);
    const bool is_right = HalfOf(middle) == even && HalfOf(-middle) == (even | 0x8000) &&
                          HalfOf(std::nextafter(middle, 0.0f)) == half &&
                          HalfOf(std::nextafter(middle, 1e9f)) == half + 1;
    if (!is_right) FAIL("around " << middle);
  }
  CHECK(HalfOf(65519.996f) == 0x7BFF);
  for (const float beyond : {65520.0f, 1e30f, -65520.0f, std::numeric_limits<float>::infinity(),
                             std::numeric_limits<float>::quiet_NaN()}) {
    CHECK_FALSE(HalfOf(beyond).has_value());
  }
  CHECK(HalfOf(0x1p-25f) == 0);
  CHECK(HalfOf(0x1.8p-25f) == 1);
  CHECK(HalfOf(1e-40f) == 0);
  CHECK(HalfOf(-1e-40f) == 0x8000);
}

}  // namespace
}  // namespace mobilenet
