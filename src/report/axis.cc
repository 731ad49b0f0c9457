#include "src/report/axis.h"

#include <algorithm>
#include <cmath>

#include "src/base/number_text.h"

namespace mobilenet {
namespace {

constexpr double kSlip = 1e-9;  // for rounding

// 1, 2 or 5 times a power of ten, chosen so that `span` has about five of them.
double RoundStep(double span) {
  const double raw = span / 5;
  const double power = std::pow(10.0, std::floor(std::log10(raw)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= raw * (1 - kSlip)) return factor * power;
  }
  return 10 * power;
}

std::string TickLabel(double value) {
  return ShortFixedText(value, 6);
}

Axis LinearAxis(double min, double max, double step) {
  Axis axis{min, max, false, {}};
  const auto count = static_cast<int>(std::lround((max - min) / step));
  for (int i = 0; i <= count; ++i) {
    const double value = min + i * step;
    axis.ticks.push_back({value, TickLabel(std::abs(value) < step / 1e6 ? 0 : value)});
  }
  return axis;
}

}  // namespace

double Axis::Position(double value) const {
  if (is_log) return (std::log10(value) - std::log10(min)) / (std::log10(max) - std::log10(min));
  return (value - min) / (max - min);
}

Axis AxisFromZero(double max, double least_step) {
  if (max <= 0) max = 1;
  const double step = std::max(RoundStep(max), least_step);
  return LinearAxis(0, std::ceil(max / step * (1 - kSlip)) * step, step);
}

Axis AxisAround(double min, double max) {
  const double room = max > min ? (max - min) * 0.1 : std::max(std::abs(max) * 0.1, 1.0);
  const double step = RoundStep(max - min + 2 * room);
  return LinearAxis(std::floor((min - room) / step) * step, std::ceil((max + room) / step) * step, step);
}

Axis LogAxisAround(double min, double max) {
  constexpr double kSteps[] = {1, 2, 5};
  Axis axis{min / 1.2, max * 1.2, true, {}};
  const auto tick = [&](int power, double factor) { return factor * std::pow(10.0, power); };
  const int first = static_cast<int>(std::floor(std::log10(axis.min)));
  const int last = static_cast<int>(std::ceil(std::log10(axis.max)));
  // The ends are round, too: the last tick before the values and the first one after them.
  double begin = tick(first, 1);
  double end = tick(last, 1);
  for (int power = first; power <= last; ++power) {
    for (const double factor : kSteps) {
      const double value = tick(power, factor);
      if (value <= axis.min) begin = std::max(begin, value);
      if (value >= axis.max) end = std::min(end, value);
    }
  }
  axis.min = begin;
  axis.max = end;
  constexpr double kManyDecades = 1e4;  // then there is room for 1 only
  for (int power = first; power <= last; ++power) {
    for (const double factor : kSteps) {
      const double value = tick(power, factor);
      if (value < begin * (1 - kSlip) || value > end * (1 + kSlip)) continue;
      if (factor != 1 && end / begin > kManyDecades) continue;
      axis.ticks.push_back({value, TickLabel(value)});
    }
  }
  return axis;
}

}  // namespace mobilenet
