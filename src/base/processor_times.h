// Whose work the processors have done.
#pragma once

#include <optional>
#include <string>

namespace mobilenet {

// Seconds since an arbitrary moment.
struct ProcessorTimes {
  double clock_s = 0;
  double busy_s = 0;   // of all processors together
  double own_s = 0;    // of all threads of this process
  double steal_s = 0;  // taken by the host below this virtual machine for others
};

// None if the kernel does not report it. `root` is put before the paths of /proc, for tests.
std::optional<ProcessorTimes> ReadProcessorTimes(const std::string& root = "");

// Processors' worth of time that other processes had in between, such as 0.9; at least 0.
double OthersBetween(const ProcessorTimes& before, const ProcessorTimes& after);

// How many threads of other processes run, or wait for a processor, right now; none if unknown. This process
// is assumed to run one.
std::optional<int> OthersRunning(const std::string& root = "");

}  // namespace mobilenet
