// Whose work the processors did.
#pragma once

#include <optional>
#include <string>

namespace mobilenet {

// Seconds since some moment.
struct ProcessorTimes {
  double clock_s = 0;
  double busy_s = 0;   // of all processors together
  double own_s = 0;    // of this process' threads together
  double steal_s = 0;  // that the machine below this virtual one gave to others
};

// None where the kernel does not tell. `root` is prepended to the paths of /proc, for tests.
std::optional<ProcessorTimes> ReadProcessorTimes(const std::string& root = "");

// Processors' worth of time that other processes had in between, such as 0.9; at least 0.
double OthersBetween(const ProcessorTimes& before, const ProcessorTimes& after);

// Threads of other processes that run, or wait for a processor, just now; none where that is not told. This
// process is taken to run one.
std::optional<int> OthersRunning(const std::string& root = "");

}  // namespace mobilenet
