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

  // 0...1 from min to max. On a logarithmic axis the value is above 0.
  double Position(double value) const;
};

// From 0 to a round value that is not below `max`, which is finite and not below 0; an axis for 0 ends above
// it. Ticks are at least `least_step` apart: 1 for counts.
Axis AxisFromZero(double max, double least_step = 0);
// Around the values, which are finite, with round ends and some space before them.
Axis AxisAround(double min, double max);
// The same for a logarithmic axis; min is above 0.
Axis LogAxisAround(double min, double max);

}  // namespace mobilenet
