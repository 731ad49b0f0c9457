// What power the machine draws, where that can be read: from a sensor of the kernel (hwmon), such as the
// INA2xx of some boards and add-on boards, or from the Raspberry Pi 5's power chip through vcgencmd.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/system_files.h"

namespace mobilenet {

class PowerMeter {
 public:
  // Looks for a sensor. `root` is put before every path, for tests.
  explicit PowerMeter(const std::string& root = "");

  // "hwmon ina226", "vcgencmd pmic_read_adc"; "" if there is none.
  const std::string& source() const { return source_; }
  // The power now; none if the sensor gives no sensible value. Through vcgencmd, which is a process of its
  // own, it takes some milliseconds.
  std::optional<double> Watts() const;

 private:
  std::function<std::optional<double>()> read_;
  std::string source_;
};

// From the output of `vcgencmd pmic_read_adc`: the amperes and volts of each rail are multiplied, and the
// products added up. None if no rail has both.
std::optional<double> PmicWatts(std::string_view text);

// The power drawn while something else runs, measured by its own thread from construction to Finish.
class PowerMeasurement {
 public:
  explicit PowerMeasurement(const PowerMeter& meter);
  ~PowerMeasurement();
  PowerMeasurement(const PowerMeasurement&) = delete;
  PowerMeasurement& operator=(const PowerMeasurement&) = delete;

  // The mean; none if the sensor gave nothing. To be called once.
  std::optional<double> FinishWatts();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mobilenet
