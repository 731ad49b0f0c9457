// What can make a measurement worthless, as the kernel reports it at one moment: clocks, temperatures, power,
// the work of other processes, throttling, paging. Read before, during and after a measurement. What is not
// reported is unknown.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/machine.h"
#include "src/base/processor_times.h"
#include "src/base/stopwatch.h"

namespace mobilenet {

enum class LookPhase { kBefore, kDuring, kAfter };

struct CoreClock {
  int core = 0;
  std::optional<int64_t> mhz;        // now
  std::optional<int64_t> limit_mhz;  // the highest clock allowed now
};

// Counters count from the start of the machine or of the process.
struct MachineLook {
  LookPhase phase = LookPhase::kBefore;
  double at_s = 0;  // since the first look
  std::vector<CoreClock> clocks;
  std::vector<Temperature> temperatures;
  std::array<PowerState, kPowerConditions> power;  // indexed by PowerCondition
  std::optional<bool> is_cooling;                  // true if the kernel lowers the clock because of heat
  std::optional<int> others_running;               // threads of other processes
  std::optional<ProcessorTimes> times;
  std::optional<double> waited_s;            // how long this process's threads waited for a processor
  std::optional<double> cgroup_throttled_s;  // how long this process was stopped by its cgroup's quota
  std::optional<int64_t> swapped_pages;      // of the whole machine, in and out
  int64_t major_faults = 0;                  // of this process: each waited for the disk
  int64_t minor_faults = 0;
};

class MachineWatch {
 public:
  // `root` is put before every path: "" for this machine, or a folder with such files, for tests; if it has
  // folders 1, 2, 3 ..., each look reads the next one, and after the last one that one again and again.
  explicit MachineWatch(std::string root = "");

  // Takes some tenths of a millisecond. To be called while this process runs a single thread.
  void Look(LookPhase phase);

  const std::vector<MachineLook>& looks() const { return looks_; }

 private:
  std::string NextRoot() const;

  const std::string root_;
  const Stopwatch since_start_;
  std::vector<MachineLook> looks_;
};

}  // namespace mobilenet
