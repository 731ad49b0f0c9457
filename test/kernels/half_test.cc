// Half floats against arithmetic on doubles, all of them.
#include "kernels/common/half.h"

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
  for (int bits = 0; bits < 0x10000; ++bits) {
    const Half half = Half::FromBits(static_cast<uint16_t>(bits));
    const float value = half;
    const bool is_finite = (bits & 0x7C00) != 0x7C00;
    bool is_right = half.bits() == bits && half.IsFinite() == is_finite;
    if (is_finite) {
      is_right = is_right && static_cast<double>(value) == ValueOfHalf(bits) && Half(value).bits() == bits;
    } else if ((bits & 0x3FF) == 0) {
      is_right = is_right && std::isinf(value) && Half(value).bits() == bits;
    } else {
      is_right = is_right && std::isnan(value) && Half(value).bits() == (bits | 0x200);
    }
    if (!is_right) FAIL("half " << bits << " is " << value);
  }
}

TEST_CASE("floats become the nearest half float, of two the even one") {
  const auto bits = [](float value) { return int{Half(value).bits()}; };
  for (int half = 0; half < 0x7BFF; ++half) {
    const double here = ValueOfHalf(half);
    const double next = ValueOfHalf(half + 1);
    const auto middle = static_cast<float>((here + next) / 2);  // exact
    const int even = half % 2 == 0 ? half : half + 1;
    const bool is_right = bits(middle) == even && bits(-middle) == (even | 0x8000) &&
                          bits(std::nextafter(middle, 0.0f)) == half &&
                          bits(std::nextafter(middle, 1e9f)) == half + 1;
    if (!is_right) FAIL("around " << middle);
  }
  CHECK(bits(kLargestHalf) == 0x7BFF);
  CHECK(bits(65519.996f) == 0x7BFF);
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float beyond : {65520.0f, 65536.0f, 131072.0f, 1e30f, kInfinity}) {
    CHECK(bits(beyond) == 0x7C00);
    CHECK(bits(-beyond) == 0xFC00);
  }
  CHECK_FALSE(Half(std::numeric_limits<float>::quiet_NaN()).IsFinite());
  CHECK(bits(0x1p-25f) == 0);
  CHECK(bits(0x1.8p-25f) == 1);
  CHECK(bits(1e-40f) == 0);
  CHECK(bits(-1e-40f) == 0x8000);
}

}  // namespace
}  // namespace mobilenet
