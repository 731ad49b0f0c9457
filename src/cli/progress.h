// How far a run has got, on one line of a terminal that is overwritten again and again.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

namespace mobilenet {

// Whether standard error is a terminal on which a line can be overwritten.
bool CanShowProgress();

class Progress {
 public:
  // Shows nothing unless `is_shown`. To learn how many inputs there are, a separate thread calls `count_next`
  // until it returns false; null if that cannot be known.
  Progress(bool is_shown, std::function<bool()> count_next);
  ~Progress();
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // Shows done/total, images/s, the time left and failures; a few times a second.
  void Update(int64_t done, int64_t done_before, int64_t failures);
  // Makes room for other lines.
  void Clear();

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_shown_;
  bool is_on_screen_ = false;
  const Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::atomic<int64_t> total_ = 0;
  std::atomic<bool> is_total_known_ = false;
  std::atomic<bool> is_stopping_ = false;
  std::thread counting_;
};

// The progress of something that is measured as a part of a whole.
class PartProgress {
 public:
  // Shows nothing unless `is_shown`.
  explicit PartProgress(bool is_shown) : is_shown_(is_shown) {}
  ~PartProgress();
  PartProgress(const PartProgress&) = delete;
  PartProgress& operator=(const PartProgress&) = delete;

  // Shows the part, 0...1, in percent, and the time left; a few times a second.
  void Update(double part);

 private:
  using Clock = std::chrono::steady_clock;

  const bool is_shown_;
  bool is_on_screen_ = false;
  std::optional<Clock::time_point> start_;  // the first update
  double start_part_ = 0;
  Clock::time_point last_;
};

// Which step a run is at, and for how long, if nobody knows how much there is to do.
class StepProgress {
 public:
  // Shows nothing unless `is_shown`.
  explicit StepProgress(bool is_shown) : is_shown_(is_shown) {}
  ~StepProgress();
  StepProgress(const StepProgress&) = delete;
  StepProgress& operator=(const StepProgress&) = delete;

  void Begin(const std::string& step);
  // Shows how long it has taken; a few times a second. Any thread may call it.
  void Tick();

 private:
  using Clock = std::chrono::steady_clock;

  void Show(Clock::time_point now);

  const bool is_shown_;
  std::mutex mutex_;  // guards what follows
  std::string step_;
  Clock::time_point start_;  // of the step
  Clock::time_point last_;
};

// "12/200, 3.4 images/s, 0:55 left, 1 failure": `total` is 0 if unknown.
std::string ProgressText(int64_t done, int64_t total, double images_per_s, int64_t failures);

}  // namespace mobilenet
