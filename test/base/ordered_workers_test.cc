#include "src/base/ordered_workers.h"

#include <atomic>
#include <stdexcept>
#include <string>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

using Workers = OrderedWorkers<int, std::string>;

bool Never() {
  return false;
}

// Work that takes a different time for each input, so that results are ready out of order.
std::string Work(int input) {
  std::this_thread::sleep_for(std::chrono::microseconds(input * 7919 % 300));
  return std::to_string(input);
}

TEST_CASE("results come in the order of the inputs from any number of threads") {
  for (const int threads : {1, 2, 8}) {
    for (const size_t capacity : {size_t{1}, size_t{3}, size_t{10}}) {
      int next = 0;
      Workers workers(
          threads, capacity, [&] { return next < 200 ? std::optional(next++) : std::nullopt; }, Work);
      for (int i = 0; i < 200; ++i) REQUIRE(workers.Next(Never) == std::to_string(i));
      CHECK(!workers.Next(Never));
      CHECK(!workers.Next(Never));
    }
  }
}

TEST_CASE("threads take only as many inputs as there is room for results") {
  std::atomic<int> taken = 0;
  Workers workers(
      4, 3, [&] { return std::optional(taken++); }, Work);
  for (int i = 0; i < 50; ++i) {
    std::this_thread::sleep_for(std::chrono::microseconds(200));
    CHECK(taken <= i + 3);
    REQUIRE(workers.Next(Never) == std::to_string(i));
  }
}

TEST_CASE("exceptions of threads come in their turn") {
  int next = 0;
  OrderedWorkers<int, int> workers(
      3, 5,
      [&]() -> std::optional<int> {
        if (next == 20) throw std::runtime_error("source");
        return next++;
      },
      [](int input) {
        if (input == 10) throw std::runtime_error("work");
        return input;
      });
  for (int i = 0; i < 20; ++i) {
    if (i == 10) {
      CHECK_THROWS_WITH(workers.Next(Never), "work");
    } else {
      REQUIRE(workers.Next(Never) == i);
    }
  }
  CHECK_THROWS_WITH(workers.Next(Never), "source");
  CHECK(!workers.Next(Never));
}

TEST_CASE("threads stop when they are cancelled, and when nobody takes their results") {
  std::atomic<bool> is_cancelled = false;
  std::atomic<bool> is_released = false;
  {
    OrderedWorkers<int, int> workers(
        2, 2,
        [&]() -> std::optional<int> {
          while (!is_released) std::this_thread::sleep_for(std::chrono::milliseconds(1));
          return 1;
        },
        [](int input) { return input; });
    std::thread canceller([&] {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      is_cancelled = true;
    });
    CHECK(!workers.Next([&] { return is_cancelled.load(); }));
    canceller.join();
    is_released = true;
  }
  CHECK(is_released);
}

}  // namespace
}  // namespace mobilenet
