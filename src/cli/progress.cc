#include "src/cli/progress.h"

#include <unistd.h>

#include <cstdlib>
#include <exception>
#include <iostream>
#include <string_view>
#include <system_error>
#include <utility>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"

namespace mobilenet {
namespace {

constexpr std::chrono::milliseconds kInterval{200};
constexpr char kClearLine[] = "\r\x1b[K";

// "0:07", "1:00:07"
std::string TimeText(double seconds) {
  const auto whole = static_cast<int64_t>(seconds + 0.5);
  const auto two = [](int64_t n) { return StrCat(n < 10 ? "0" : "", n); };
  if (whole < 3600) return StrCat(whole / 60, ":", two(whole % 60));
  return StrCat(whole / 3600, ":", two(whole / 60 % 60), ":", two(whole % 60));
}

std::string TimeLeft(double seconds) {
  return TimeText(seconds) + " left";
}

}  // namespace

bool CanShowProgress() {
  const char* terminal = std::getenv("TERM");
  const std::string_view kind(terminal == nullptr ? "" : terminal);
  return ::isatty(STDERR_FILENO) == 1 && !kind.empty() && kind != "dumb";
}

Progress::Progress(bool is_shown, std::function<bool()> count_next) : is_shown_(is_shown) {
  if (!is_shown || !count_next) return;
  try {
    counting_ = std::thread([this, count_next = std::move(count_next)] {
      try {
        while (!is_stopping_ && count_next()) ++total_;
        is_total_known_ = !is_stopping_;
      } catch (const std::exception&) {
        // The run itself will run into it.
      }
    });
  } catch (const std::system_error&) {
    // The total is only a convenience; the remaining threads do the work.
  }
}

Progress::~Progress() {
  is_stopping_ = true;
  if (counting_.joinable()) counting_.join();
  Clear();
}

void Progress::Update(int64_t done, int64_t done_before, int64_t failures) {
  const auto now = Clock::now();
  if (!is_shown_ || now - last_ < kInterval) return;
  last_ = now;
  const double elapsed_s = std::chrono::duration<double>(now - start_).count();
  std::cerr << kClearLine
            << ProgressText(done + done_before, is_total_known_ ? total_.load() : 0,
                            static_cast<double>(done) / elapsed_s, failures)
            << std::flush;
  is_on_screen_ = true;
}

void Progress::Clear() {
  if (std::exchange(is_on_screen_, false)) std::cerr << kClearLine << std::flush;
}

PartProgress::~PartProgress() {
  if (is_on_screen_) std::cerr << kClearLine << std::flush;
}

void PartProgress::Update(double part) {
  const auto now = Clock::now();
  if (!is_shown_ || (start_ && now - last_ < kInterval)) return;
  last_ = now;
  if (!start_) {
    start_ = now;
    start_part_ = part;
    return;
  }
  const double elapsed_s = std::chrono::duration<double>(now - *start_).count();
  const double done = part - start_part_;
  if (!(done > 0)) return;
  std::cerr << kClearLine << "measuring: " << FixedText(100 * part, 0) << " %, "
            << TimeLeft((1 - part) * elapsed_s / done) << std::flush;
  is_on_screen_ = true;
}

StepProgress::~StepProgress() {
  if (!step_.empty()) std::cerr << kClearLine << std::flush;
}

void StepProgress::Begin(const std::string& step) {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  step_ = step;
  start_ = Clock::now();
  Show(start_);
}

void StepProgress::Tick() {
  if (!is_shown_) return;
  const std::lock_guard lock(mutex_);
  const auto now = Clock::now();
  if (now - last_ >= kInterval) Show(now);
}

void StepProgress::Show(Clock::time_point now) {
  last_ = now;
  std::cerr << kClearLine << step_ << ", " << TimeText(std::chrono::duration<double>(now - start_).count())
            << std::flush;
}

std::string ProgressText(int64_t done, int64_t total, double images_per_s, int64_t failures) {
  std::string text = StrCat(done);
  if (total > 0) text += StrCat("/", total);
  text += StrCat(", ", FixedText(images_per_s, 1), " images/s");
  if (total >= done && total > 0 && images_per_s > 0) {
    text += StrCat(", ", TimeLeft(static_cast<double>(total - done) / images_per_s));
  }
  return text + StrCat(", ", failures, failures == 1 ? " failure" : " failures");
}

}  // namespace mobilenet
