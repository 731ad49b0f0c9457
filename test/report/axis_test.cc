#include "src/report/axis.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "src/base/str_cat.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::string Ticks(const Axis& axis) {
  return StrJoin(axis.ticks, " ", [](const Tick& tick) { return tick.label; });
}

TEST_CASE("an axis has round ticks from end to end") {
  CHECK(Ticks(AxisFromZero(51.4)) == "0 20 40 60");
  CHECK(Ticks(AxisFromZero(1)) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(Ticks(AxisFromZero(0)) == "0 0.2 0.4 0.6 0.8 1");
  CHECK(Ticks(AxisFromZero(1, 1)) == "0 1");
  CHECK(Ticks(AxisFromZero(7, 1)) == "0 2 4 6 8");
  CHECK(Ticks(AxisFromZero(0.00042)) == "0 0.0001 0.0002 0.0003 0.0004 0.0005");
  CHECK(Ticks(AxisAround(41.5, 70.9)) == "30 40 50 60 70 80");
  CHECK(Ticks(AxisAround(-3, 4)) == "-4 -2 0 2 4 6");
  CHECK(Ticks(LogAxisAround(14, 569)) == "10 20 50 100 200 500 1000");
  CHECK(Ticks(LogAxisAround(0.4, 1500)) == "0.2 0.5 1 2 5 10 20 50 100 200 500 1000 2000");
  CHECK(Ticks(LogAxisAround(0.4, 20'000)) == "1 10 100 1000 10000");
  CHECK(Ticks(LogAxisAround(1e-3, 1e6)) == "0.001 0.01 0.1 1 10 100 1000 10000 100000 1000000");
}

TEST_CASE("an axis holds its values, whatever they are") {
  for (const double min : {1e-9, 0.3, 1.0, 7.77, 1e3, 1e12}) {
    for (const double factor : {1.0, 1.0001, 3.0, 1e3, 1e9}) {
      const double max = min * factor;
      for (const Axis& axis : {AxisFromZero(max), AxisAround(min, max), LogAxisAround(min, max)}) {
        CAPTURE(min, max, axis.min, axis.max, axis.is_log);
        CHECK(axis.ticks.size() >= 2);
        CHECK(axis.ticks.size() <= 30);
        CHECK(axis.min < axis.max);
        for (const double value : {min, max}) {
          CHECK(axis.Position(value) >= 0);
          CHECK(axis.Position(value) <= 1 + 1e-9);
        }
        for (const Tick& tick : axis.ticks) {
          CHECK(axis.Position(tick.value) >= -1e-9);
          CHECK(axis.Position(tick.value) <= 1 + 1e-9);
        }
      }
    }
  }
  CHECK(std::abs(LogAxisAround(10, 1000).Position(100) - 0.5) < 0.1);
}

}  // namespace
}  // namespace mobilenet
