#include "src/base/memory_budget.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("threads never use more memory than the budget, except one that needs more than all of it") {
  MemoryBudget budget(100);
  std::atomic<int> used = 0;
  std::atomic<int> most = 0;
  std::atomic<bool> shared_what_is_too_large = false;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&, i] {
      for (int j = 0; j < 50; ++j) {
        const int bytes = i == 0 ? 150 : 10 + 7 * i;
        const MemoryBudget::Share share(&budget, bytes);
        const int now = used += bytes;
        if (now > 100 && now != 150) shared_what_is_too_large = true;
        int seen = most;
        while (seen < now && !most.compare_exchange_weak(seen, now)) {
        }
        std::this_thread::sleep_for(std::chrono::microseconds(50));
        used -= bytes;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(most == 150);
  CHECK(!shared_what_is_too_large);
}

TEST_CASE("without a budget nobody waits") {
  const MemoryBudget::Share first(nullptr, INT64_MAX), second(nullptr, INT64_MAX);
}

}  // namespace
}  // namespace mobilenet
