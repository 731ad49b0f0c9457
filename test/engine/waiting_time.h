// Whether threads that wait sleep, or spin.
#pragma once

#include <chrono>
#include <cstdint>
#include <ctime>
#include <thread>

namespace mobilenet::test {

// The processor time in ms that all threads of this process take while the caller sleeps for 100 ms.
inline int64_t ProcessorMsOfWaiting() {
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  return (std::clock() - before) * 1000 / CLOCKS_PER_SEC;
}

}  // namespace mobilenet::test
