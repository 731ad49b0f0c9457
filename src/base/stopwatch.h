// Elapsed wall-clock time in milliseconds.
#pragma once

#include <chrono>

namespace mobilenet {

class Stopwatch {
 public:
  double ElapsedMs() const {
    return std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start_).count();
  }

  // Like ElapsedMs, and starts the next time where this one ends.
  double RestartMs() {
    const auto now = std::chrono::steady_clock::now();
    const double elapsed_ms = std::chrono::duration<double, std::milli>(now - start_).count();
    start_ = now;
    return elapsed_ms;
  }

 private:
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace mobilenet
