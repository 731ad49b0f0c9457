#include "src/engine/thread_pool.h"

#include <atomic>
#include <vector>

#include "src/base/error.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("ranges cover everything once, whatever the number of threads") {
  for (int threads : {1, 2, 3, 8}) {
    const ThreadPool pool(threads);
    CHECK(pool.threads() == threads);
    for (int64_t count : {0, 1, 2, 7, 1000}) {
      CAPTURE(threads, count);
      // Each element is written by one range alone: ThreadSanitizer sees if it is not so.
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

}  // namespace
}  // namespace mobilenet
