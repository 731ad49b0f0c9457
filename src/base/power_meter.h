// What the machine draws, where it tells: a sensor of the kernel (hwmon), such as the INA2xx that some boards
// and shields have, or the Raspberry Pi 5's power chip through vcgencmd.
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
  // Looks for a sensor. `root` is prepended to every path, for tests.
  explicit PowerMeter(const std::string& root = "");

  // "hwmon ina226", "vcgencmd pmic_read_adc"; "" where nothing tells.
  const std::string& source() const { return source_; }
  // Now; none where the sensor says nothing that makes sense. Some milliseconds for vcgencmd, which is a
  // process.
  std::optional<double> Watts() const;

 private:
  std::function<std::optional<double>()> read_;
  std::string source_;
};

// What `vcgencmd pmic_read_adc` prints: amperes and volts of each rail, whose products are added up. None
// where no rail has both.
std::optional<double> PmicWatts(std::string_view text);

// What was drawn while something else ran, measured by a thread of its own from construction to Finish.
class PowerMeasurement {
 public:
  explicit PowerMeasurement(const PowerMeter& meter);
  ~PowerMeasurement();
  PowerMeasurement(const PowerMeasurement&) = delete;
  PowerMeasurement& operator=(const PowerMeasurement&) = delete;

  // The mean; none where the sensor said nothing. Once.
  std::optional<double> FinishWatts();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mobilenet
