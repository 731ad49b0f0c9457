#include "src/base/free_cores.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "src/base/system_files.h"

namespace mobilenet {
namespace {

constexpr double kUpdateEveryMs = 1000;

}  // namespace

int BusyBetween(const ProcessorTimes& before, const ProcessorTimes& after) {
  return static_cast<int>(std::lround(OthersBetween(before, after)));
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
  const std::optional<int> others = OthersRunning(root_);
  if (others) busy_ = std::min(busy_.value_or(*others), *others);
}

void FreeCores::Update() {
  if (since_update_ && since_update_->ElapsedMs() < kUpdateEveryMs) return;
  since_update_.emplace();
  const std::optional<ProcessorTimes> now = ReadProcessorTimes(root_);
  if (now && times_) busy_ = BusyBetween(*times_, *now);
  times_ = now;
}

int FreeCores::Count() const {
  // Cores that this process may not use are taken to be the busy ones, as far as there are enough of them.
  const int busy_here = std::max(busy_.value_or(0) - elsewhere_, 0);
  return std::clamp(allowed_.fastest - busy_here, 1, within_quota_);
}

}  // namespace mobilenet
