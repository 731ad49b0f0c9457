#include "src/base/number_text.h"

#include <cmath>
#include <limits>

#include "src/base/parse_number.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("the digits of large numbers are in groups of three") {
  CHECK(GroupedText(0) == "0");
  CHECK(GroupedText(999) == "999");
  CHECK(GroupedText(1000) == "1,000");
  CHECK(GroupedText(568740352) == "568,740,352");
  CHECK(GroupedText(-999) == "-999");
  CHECK(GroupedText(-123456) == "-123,456");
  CHECK(GroupedText(INT64_MIN) == "-9,223,372,036,854,775,808");
}

TEST_CASE("numbers are written for people") {
  CHECK(FixedText(12.345, 1) == "12.3");
  CHECK(FixedText(2, 2) == "2.00");
  CHECK(FixedText(HUGE_VAL, 1) == "-");
  CHECK(FixedText(std::nan(""), 1) == "-");
  CHECK(FixedText(-std::numeric_limits<double>::max(), 9).size() == 1 + 309 + 1 + 9);
}

TEST_CASE("numbers are short and exact enough") {
  CHECK(ShortFixedText(12.34567, 4) == "12.3457");
  CHECK(ShortFixedText(12.3, 4) == "12.3");
  CHECK(ShortFixedText(100, 4) == "100");
  CHECK(ShortFixedText(-0.00001, 4) == "0");
  CHECK(ShortFixedText(100, 0) == "100");
  CHECK(SignificantText(0.9134119749069214, 6) == "0.913412");
  CHECK(SignificantText(1, 6) == "1");
  CHECK(SignificantText(0.0000123, 6) == "1.23e-05");
  for (const double value : {0.1, 1.0 / 3, 1e-5, 5e-324, 1e300, 123456789.0}) {
    CHECK(ParseNumber<double>(ShortestText(value)) == value);
  }
  CHECK(ShortestText(0.1) == "0.1");
}

}  // namespace
}  // namespace mobilenet
