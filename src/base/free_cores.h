// How many cores other processes leave to this one. Threads that share the layers of an image wait for each
// other after every layer, and one whose core somebody else has keeps all of them waiting (README, "How fast
// it is").
#pragma once

#include <optional>
#include <string>

#include "src/base/cpu_cores.h"
#include "src/base/processor_times.h"
#include "src/base/stopwatch.h"

namespace mobilenet {

// Processors that other processes kept busy in between, rounded.
int BusyBetween(const ProcessorTimes& before, const ProcessorTimes& after);

class FreeCores {
 public:
  // Looks for the first time. `root` is prepended to the paths of /proc and /sys, for tests.
  explicit FreeCores(std::string root = "");

  // At how many processes run just now: some microseconds. To be called now and then while this process runs
  // a single thread. What is busy at every look is taken to stay so; what comes and goes, like the shell that
  // has just started this process, is not.
  void Look();

  // For what runs for hours: once a second, how much time others had since the last one counts instead.
  void Update();

  // Processors that others keep busy; none where that is not told.
  std::optional<int> busy() const { return busy_; }
  // Of the fastest cluster's cores those that are left, as far as a quota pays for them. At least 1.
  int Count() const;

 private:
  const std::string root_;
  const AllowedCores allowed_;
  int elsewhere_ = 0;  // cores that this process may not use
  int within_quota_ = 1;
  std::optional<int> busy_;
  std::optional<ProcessorTimes> times_;
  std::optional<Stopwatch> since_update_;
};

}  // namespace mobilenet
