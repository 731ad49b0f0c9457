// An axis of a plot: which values it shows, and where its ticks are.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

struct Tick {
  double value = 0;
  std::string label;
};

struct Axis {
  double min = 0;
  double max = 1;
  bool is_log = false;
  std::vector<Tick> ticks;  // within min...max, rising

  // 0...1 from min to max. Of a logarithmic axis the value is above 0.
  double Position(double value) const;
};

// From 0, or the largest value if that is below, to a round value that is no less than `max`, which is finite
// and not below 0.
Axis AxisFromZero(double max);
// Around the values, which are finite, with round ends and some room before them.
Axis AxisAround(double min, double max);
// The same of a logarithmic axis; min is above 0.
Axis LogAxisAround(double min, double max);

}  // namespace mobilenet
