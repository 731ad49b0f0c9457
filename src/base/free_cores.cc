#include "src/base/free_cores.h"

#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <utility>

#include "src/base/parse_number.h"
#include "src/base/system_files.h"

namespace mobilenet {
namespace {

constexpr double kUpdateEverySeconds = 1;

double Seconds(clockid_t clock) {
  timespec time = {};
  ::clock_gettime(clock, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

int BusyBetween(const ProcessorTimes& before, const ProcessorTimes& after) {
  const double clock_s = after.clock_s - before.clock_s;
  if (!(clock_s > 0)) return 0;
  const double others_s = (after.busy_s - before.busy_s) - (after.own_s - before.own_s);
  return static_cast<int>(std::lround(std::clamp(others_s / clock_s, 0.0, double{kMaxCores})));
}

FreeCores::FreeCores(std::string root)
    : root_(std::move(root)),
      allowed_(CoresByAffinity(root_)),
      within_quota_(WithinQuota(allowed_.fastest, root_)) {
  const auto online = static_cast<int>(SystemFiles(root_).Cores("/sys/devices/system/cpu/online").size());
  elsewhere_ = std::max(online - allowed_.all, 0);
  Look();
}

void FreeCores::Look() {
  // "0.20 0.18 0.12 3/145 4711": three processes run just now, this one among them.
  const std::string line = SystemFiles(root_).Line("/proc/loadavg");
  std::string_view rest = line;
  for (int i = 0; i < 3; ++i) NextPart(rest, ' ');
  const auto running = ParseNumberWithin(NextPart(rest, '/'), 0, std::numeric_limits<int>::max());
  if (!running) return;
  const int others = std::max(static_cast<int>(*running) - 1, 0);
  busy_ = std::min(busy_.value_or(others), others);
}

std::optional<ProcessorTimes> FreeCores::ReadTimes() const {
  // "cpu  10132153 290696 3084719 46828483 16683 0 25195 0 175628 0": user, nice, system, idle, waiting for
  // disks, interrupts of two kinds. What comes after them is counted in these, or had by other machines.
  const std::string line = SystemFiles(root_).Line("/proc/stat");
  std::string_view rest = line;
  if (NextPart(rest, ' ') != "cpu") return {};
  rest = TrimmedText(rest);
  int64_t ticks = 0;
  for (int i = 0; i < 7; ++i) {
    const auto part = ParseNumberWithin(NextPart(rest, ' '), 0, int64_t{1} << 56);
    if (!part) return {};
    const bool is_idle = i == 3 || i == 4;
    if (!is_idle) ticks += *part;
  }
  const auto per_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
  return ProcessorTimes{Seconds(CLOCK_MONOTONIC), static_cast<double>(ticks) / per_second,
                        Seconds(CLOCK_PROCESS_CPUTIME_ID)};
}

void FreeCores::Update() {
  if (times_ && Seconds(CLOCK_MONOTONIC) - times_->clock_s < kUpdateEverySeconds) return;
  const std::optional<ProcessorTimes> now = ReadTimes();
  if (now && times_) busy_ = BusyBetween(*times_, *now);
  times_ = now;
}

int FreeCores::Count() const {
  // What others keep busy is where this process may not go, as long as there is room.
  const int busy_here = std::max(busy_.value_or(0) - elsewhere_, 0);
  return std::clamp(allowed_.fastest - busy_here, 1, within_quota_);
}

}  // namespace mobilenet
