// How many cores other processes leave to this one. Threads that share the layers of an image wait for each
// other after every layer, so one thread whose core is taken by another process keeps all of them waiting
// (README, "How fast it is").
#pragma once

#include <optional>
#include <string>

#include "src/base/cpu_cores.h"
#include "src/base/processor_times.h"
#include "src/base/stopwatch.h"

namespace mobilenet {

// Processors that other processes kept busy between the two looks, rounded.
int BusyBetween(const ProcessorTimes& before, const ProcessorTimes& after);

class FreeCores {
 public:
  // Takes the first look. `root` is put before the paths of /proc and /sys, for tests.
  explicit FreeCores(std::string root = "");

  // Looks how many processes are running right now; takes some microseconds. To be called now and then while
  // this process runs a single thread. What is busy at every look is expected to stay so; what comes and
  // goes, like the shell that has just started this process, is not.
  void Look();

  // For runs of hours: once a second, what counts instead is the time others had since the last call.
  void Update();

  // Processors that others keep busy; none if unknown.
  std::optional<int> busy() const { return busy_; }
  // How many of the fastest cluster's cores are free, as far as a quota pays for them. At least 1.
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
