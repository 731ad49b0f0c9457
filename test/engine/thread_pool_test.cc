#include "src/engine/thread_pool.h"

#include <atomic>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "test/engine/waiting_time.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("ranges cover everything once, whatever the number of threads") {
  for (int threads : {1, 2, 3, 8}) {
    const ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      CAPTURE(threads, count);
      // Each element is written by only one range: ThreadSanitizer sees if it is not so.
      std::vector<int> visits(static_cast<size_t>(count));
      std::atomic<int> calls = 0;
      pool.ParallelFor(count, [&](int64_t begin, int64_t end) {
        ++calls;
        for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
      });
      CHECK(visits == std::vector<int>(static_cast<size_t>(count), 1));
      CHECK(calls == std::min<int64_t>(threads, count));
    }
  }
}

TEST_CASE("work is spread over as many threads as are to be used") {
  ThreadPool pool(3);
  for (int threads : {1, 2, 3, 1, 3, 2}) {
    pool.Use(threads);
    CAPTURE(threads);
    CHECK(pool.threads() == threads);
    CHECK((pool.get() == nullptr) == (threads == 1));
    std::vector<int> visits(100);
    std::atomic<int> calls = 0;
    pool.ParallelFor(100, [&](int64_t begin, int64_t end) {
      ++calls;
      for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
    });
    CHECK(calls == threads);
    CHECK(visits == std::vector<int>(100, 1));
  }
}

TEST_CASE("each index is worked on once, by whichever thread is free") {
  for (int threads : {1, 2, 3, 8}) {
    const ThreadPool pool(threads);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      CAPTURE(threads, count);
      std::vector<int> visits(static_cast<size_t>(count));
      pool.ForEach(count, [&](int64_t index) { ++visits[static_cast<size_t>(index)]; });
      CHECK(visits == std::vector<int>(static_cast<size_t>(count), 1));
    }
  }
}

TEST_CASE("of what several indices throw, the lowest one's comes out, and the threads go on working") {
  for (int threads : {1, 2, 8}) {
    CAPTURE(threads);
    const ThreadPool pool(threads);
    for (int repeat = 0; repeat < 20; ++repeat) {
      CHECK_THROWS_WITH(pool.ForEach(100,
                                     [](int64_t index) {
                                       if (index % 7 == 5) Fail("index ", index);
                                     }),
                        "index 5");
    }
    std::atomic<int> calls = 0;
    pool.ForEach(10, [&](int64_t) { ++calls; });
    CHECK(calls == 10);
  }
}

TEST_CASE("resting threads leave the processor to others") {
  const ThreadPool pool(3);
  pool.ParallelFor(3, [](int64_t, int64_t) {});
  pool.Rest();
  CHECK(test::ProcessorMsOfWaiting() < 5);
}

TEST_CASE("where there are more threads than cores, those without work leave the processor to others") {
  const ThreadPool pool(AvailableCores() + 1);
  pool.ParallelFor(100, [](int64_t, int64_t) {});
  CHECK(test::ProcessorMsOfWaiting() < 5);
}

}  // namespace
}  // namespace mobilenet
