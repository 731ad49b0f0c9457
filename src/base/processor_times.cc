#include "src/base/processor_times.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string_view>

#include "src/base/parse_number.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

double Seconds(clockid_t clock) {
  timespec time = {};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

std::optional<ProcessorTimes> ReadProcessorTimes(const std::string& root) {
  // "cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0": user, nice, system, idle, waiting for
  // disks, two kinds of interrupts, stolen. The fields after these are already counted in them.
  constexpr int kParts = 8;
  constexpr int kIdle = 3;
  constexpr int kDisks = 4;
  constexpr int kStolen = 7;
  const std::string line = SystemFiles(root).Line("/proc/stat");
  std::string_view rest = line;
  if (NextPart(rest, ' ') != "cpu") return {};
  rest = TrimmedText(rest);
  int64_t busy = 0;
  int64_t stolen = 0;
  for (int i = 0; i < kParts; ++i) {
    const auto part = ParseNumberWithin(NextPart(rest, ' '), 0, int64_t{1} << 56);
    if (!part) {
      if (i == kStolen) break;  // kernels that don't know it leave it out
      return {};
    }
    if (i == kStolen) {
      stolen = *part;
    } else if (i != kIdle && i != kDisks) {
      busy += *part;
    }
  }
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ProcessorTimes{Seconds(CLOCK_MONOTONIC), static_cast<double>(busy) / per_second,
                        Seconds(CLOCK_PROCESS_CPUTIME_ID), static_cast<double>(stolen) / per_second};
}

double OthersBetween(const ProcessorTimes& before, const ProcessorTimes& after) {
  const double clock_s = after.clock_s - before.clock_s;
  if (!(clock_s > 0)) return 0;
  const double others_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s);
  return std::clamp(others_s / clock_s, 0.0, double{kMaxCores});
}

std::optional<int> OthersRunning(const std::string& root) {
  // "0.20 0.18 0.12 3/145 4711": three are running now, including this process.
  const std::string line = SystemFiles(root).Line("/proc/loadavg");
  std::string_view rest = line;
  for (int i = 0; i < 3; ++i) NextPart(rest, ' ');
  const auto running = ParseNumberWithin(NextPart(rest, '/'), 0, std::numeric_limits<int>::max());
  if (!running) return {};
  return std::max(static_cast<int>(*running) - 1, 0);
}

}  // namespace mobilenet
