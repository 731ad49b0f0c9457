#include "src/report/bench_verdict.h"

#include <algorithm>
#include <string>
#include <utility>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/bench.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

// A process that is always busy takes at least a third of a processor: that is its share beside two threads
// on two cores. An idle desktop takes some hundredths.
constexpr double kBusyProcessors = 0.15;
// The kernel counts in ticks of some milliseconds, so over a shorter time this means nothing.
constexpr double kLeastSeconds = 0.3;
constexpr double kStolenPart = 0.02;
constexpr double kWaitedPart = 0.05;
constexpr double kClockPart = 0.1;
constexpr double kDriftPart = 0.05;
constexpr double kSlowTenth = 1.3;  // 90th percentile / median
constexpr double kSlowHalf = 1.5;   // median / minimum
constexpr int64_t kSwappedPages = 100;
constexpr size_t kParts = 5;  // consecutive parts, each with its own median

class Judge {
 public:
  Judge(std::span<const MachineLook> looks, std::span<const BenchResult> results)
      : looks_(looks), results_(results) {
    // From the first look during the measurement to the very last one.
    const auto is_before = [](const MachineLook& look) { return look.phase == LookPhase::kBefore; };
    const auto first = std::find_if_not(looks.begin(), looks.end(), is_before);
    measured_ = looks.subspan(static_cast<size_t>(first - looks.begin()));
  }

  BenchJudgement Judgement() {
    JudgePower();
    JudgeClocks();
    if (measured_.size() > 1) {
      JudgeOthers(measured_.front(), measured_.back());
      JudgeMemory(measured_.front(), measured_.back());
    }
    for (const BenchResult& result : results_) JudgeLatencies(result);
    return std::move(judgement_);
  }

 private:
  template <typename... Parts>
  void Add(BenchVerdict verdict, const Parts&... parts) {
    judgement_.verdict = std::min(judgement_.verdict, verdict);
    judgement_.reasons.push_back(StrCat(parts...));
  }

  // Whether it was so at any look, or occurred between two.
  bool Was(PowerCondition condition) const {
    const auto index = static_cast<size_t>(condition);
    const auto is_now = [&](const MachineLook& look) { return look.power[index].now.value_or(false); };
    if (std::any_of(looks_.begin(), looks_.end(), is_now)) return true;
    return !looks_.empty() && looks_.front().power[index].since_boot == false &&
           looks_.back().power[index].since_boot == true;
  }

  std::string HottestText() const {
    const Temperature* hottest = nullptr;
    for (const MachineLook& look : looks_) {
      for (const Temperature& zone : look.temperatures) {
        if (hottest == nullptr || zone.celsius > hottest->celsius) hottest = &zone;
      }
    }
    if (hottest == nullptr) return "";
    return StrCat(", ", FixedText(hottest->celsius, 1), " C at the most (", hottest->zone, ")");
  }

  void JudgePower() {
    if (Was(PowerCondition::kThrottled)) {
      Add(BenchVerdict::kThrottled, "the firmware throttled the processor", HottestText());
    }
    if (Was(PowerCondition::kSoftTemperatureLimit)) {
      Add(BenchVerdict::kThrottled, "the board was above its soft temperature limit", HottestText());
    }
    const bool is_under_voltage = Was(PowerCondition::kUnderVoltage);
    if (is_under_voltage) {
      Add(BenchVerdict::kUnderVoltage, "the board had under-voltage: use a better power supply or cable");
    }
    if (Was(PowerCondition::kFrequencyCapped)) {
      Add(is_under_voltage ? BenchVerdict::kUnderVoltage : BenchVerdict::kThrottled,
          "the firmware capped the clock", HottestText());
    }
    const auto is_cooling = [](const MachineLook& look) { return look.is_cooling.value_or(false); };
    if (std::any_of(measured_.begin(), measured_.end(), is_cooling)) {
      Add(BenchVerdict::kThrottled, "the kernel held the clock down because of heat", HottestText());
    }
  }

  // Cores with nothing to do slow down; the working ones are the fastest at each look.
  void JudgeClocks() {
    std::optional<int64_t> slowest, fastest;
    for (const MachineLook& look : measured_) {
      if (look.phase != LookPhase::kDuring) continue;
      std::optional<int64_t> mhz;
      for (const CoreClock& clock : look.clocks) mhz = std::max(mhz, clock.mhz);
      if (!mhz) continue;
      slowest = std::min(slowest.value_or(*mhz), *mhz);
      fastest = std::max(fastest.value_or(*mhz), *mhz);
    }
    if (slowest && static_cast<double>(*slowest) < (1 - kClockPart) * static_cast<double>(*fastest)) {
      Add(BenchVerdict::kClockChanged, "the clock was between ", *slowest, " and ", *fastest, " MHz");
    }
    if (looks_.empty()) return;
    for (const CoreClock& before : looks_.front().clocks) {
      for (const CoreClock& after : looks_.back().clocks) {
        if (before.core != after.core || !before.limit_mhz || !after.limit_mhz) continue;
        if (*before.limit_mhz == *after.limit_mhz) continue;
        Add(BenchVerdict::kClockChanged, "the highest clock allowed went from ", *before.limit_mhz, " to ",
            *after.limit_mhz, " MHz");
        return;
      }
    }
  }

  void JudgeOthers(const MachineLook& first, const MachineLook& last) {
    const double seconds = last.at_s - first.at_s;
    bool is_said = false;
    if (first.times && last.times && seconds >= kLeastSeconds) {
      const double others = OthersBetween(*first.times, *last.times);
      if (others >= kBusyProcessors) {
        Add(BenchVerdict::kDisturbed, "other processes had ", FixedText(others, 2),
            " processors' worth of time");
        is_said = true;
      }
      const double stolen = (last.times->steal_s - first.times->steal_s) / seconds;
      if (stolen >= kStolenPart) {
        Add(BenchVerdict::kDisturbed, "the host of this virtual machine took ", FixedText(stolen, 2),
            " processors' worth of time away");
      }
    }
    const auto runs = [](const MachineLook& look) { return look.others_running.value_or(0) > 0; };
    const auto count = std::count_if(looks_.begin(), looks_.end(), runs);
    if (!is_said && count > 1 && 3 * count >= 2 * std::ssize(looks_)) {
      Add(BenchVerdict::kDisturbed, "other processes were running at ", count, " of ", looks_.size(),
          " looks");
    }
    if (first.waited_s && last.waited_s && seconds >= kLeastSeconds) {
      const double waited = (*last.waited_s - *first.waited_s) / seconds;
      if (waited >= kWaitedPart) {
        Add(BenchVerdict::kDisturbed, "its threads waited ", FixedText(100 * waited, 0),
            " % of the time for a processor");
      }
    }
    if (first.cgroup_throttled_s && last.cgroup_throttled_s &&
        *last.cgroup_throttled_s > *first.cgroup_throttled_s) {
      Add(BenchVerdict::kDisturbed, "a cgroup's quota stopped the process for ",
          FixedText(1000 * (*last.cgroup_throttled_s - *first.cgroup_throttled_s), 0), " ms");
    }
  }

  void JudgeMemory(const MachineLook& first, const MachineLook& last) {
    if (last.major_faults > first.major_faults) {
      Add(BenchVerdict::kDisturbed, "memory had to be read from disk ",
          last.major_faults - first.major_faults, " times");
    }
    if (first.swapped_pages && last.swapped_pages &&
        *last.swapped_pages - *first.swapped_pages >= kSwappedPages) {
      Add(BenchVerdict::kDisturbed, "the machine swapped ", *last.swapped_pages - *first.swapped_pages,
          " pages");
    }
  }

  void JudgeLatencies(const BenchResult& result) {
    if (result.runs_ms.size() < 4 * kParts) return;  // too few to tell
    const Distribution all = Describe(result.runs_ms);
    const std::string name = results_.size() == 1 ? "" : WayText(result.way) + ": ";
    if (all.median > kSlowHalf * all.min) {
      Add(BenchVerdict::kDisturbed, name, "half of the runs took longer than ", MillisecondsText(all.median),
          " ms, the fastest ", MillisecondsText(all.min));
    } else if (all.p90 > kSlowTenth * all.median) {
      Add(BenchVerdict::kDisturbed, name, "a tenth of the runs took longer than ", MillisecondsText(all.p90),
          " ms, half of them less than ", MillisecondsText(all.median));
    }
    double least = all.max;
    double most = 0;
    for (size_t part = 0; part < kParts; ++part) {
      const auto at = [&](size_t i) {
        return result.runs_ms.begin() + static_cast<std::ptrdiff_t>(i * result.runs_ms.size() / kParts);
      };
      const double median = Median({at(part), at(part + 1)});
      least = std::min(least, median);
      most = std::max(most, median);
    }
    if (most - least > kDriftPart * all.median) {
      Add(BenchVerdict::kDisturbed, name, "the median drifted between ", MillisecondsText(least), " and ",
          MillisecondsText(most), " ms");
    }
  }

  const std::span<const MachineLook> looks_;
  const std::span<const BenchResult> results_;
  std::span<const MachineLook> measured_;
  BenchJudgement judgement_;
};

}  // namespace

std::string_view VerdictName(BenchVerdict verdict) {
  switch (verdict) {
    case BenchVerdict::kThrottled:
      return "throttled";
    case BenchVerdict::kUnderVoltage:
      return "under_voltage";
    case BenchVerdict::kClockChanged:
      return "clock_changed";
    case BenchVerdict::kDisturbed:
      return "disturbed";
    case BenchVerdict::kValid:
      break;
  }
  return "valid";
}

std::string VerdictWords(BenchVerdict verdict) {
  std::string words(VerdictName(verdict));
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string JudgementText(const BenchJudgement& judgement, TableFormat format, size_t most_reasons) {
  const std::string_view bullet = format == TableFormat::kMarkdown ? "- " : "  - ";
  std::string text = StrCat("verdict: ", VerdictWords(judgement.verdict), "\n");
  const size_t count = judgement.reasons.size();
  for (size_t i = 0; i < std::min(count, most_reasons); ++i) {
    const std::string reason = StrCat(bullet, ShownText(judgement.reasons[i], format));
    text += WrappedText(reason, bullet.size(), format.columns) + "\n";
  }
  if (count > most_reasons) text += StrCat(bullet, "and ", count - most_reasons, " more\n");
  return text;
}

void WriteJudgement(JsonWriter& json, const BenchJudgement& judgement) {
  json.String("verdict", VerdictName(judgement.verdict));
  json.Key("reasons");
  json.BeginArray();
  for (const std::string& reason : judgement.reasons) json.String(reason);
  json.EndArray();
}

BenchJudgement JudgeBench(std::span<const MachineLook> looks, std::span<const BenchResult> results) {
  return Judge(looks, results).Judgement();
}

}  // namespace mobilenet
