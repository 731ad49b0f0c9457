#include "src/engine/thread_pool.h"

#include <algorithm>
#include <atomic>
#include <exception>
#include <latch>
#include <mutex>
#include <thread>
#include <vector>

#include "src/base/cpu_cores.h"
#include "src/base/error.h"
#include "src/base/start_thread.h"

#if defined(__SANITIZE_THREAD__)
#define MOBILENET_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define MOBILENET_TSAN 1
#endif
#endif

#ifdef MOBILENET_TSAN
#include <sanitizer/tsan_interface.h>
#endif

namespace mobilenet {
namespace {

// pthreadpool orders the caller before the workers and the workers before the caller's return, but the
// distribution's library is not instrumented: tell ThreadSanitizer, so that what it reports is a race between
// ranges.
void Release([[maybe_unused]] void* edge) {
#ifdef MOBILENET_TSAN
  __tsan_release(edge);
#endif
}

void Acquire([[maybe_unused]] void* edge) {
#ifdef MOBILENET_TSAN
  __tsan_acquire(edge);
#endif
}

struct Job {
  const std::function<void(int64_t, int64_t)>& work;
  int64_t count;
  int64_t ranges;
  char start = 0;  // ThreadSanitizer's names of the two edges
  char end = 0;
};

void RunRange(void* context, size_t range) {
  Job& job = *static_cast<Job*>(context);
  Acquire(&job.start);
  const auto index = static_cast<int64_t>(range);
  job.work(job.count * index / job.ranges, job.count * (index + 1) / job.ranges);
  Release(&job.end);
}

// pthreadpool takes it for granted that its threads start, and waits for ever for one that does not: whether
// there can be so many is found out before. Throws Error.
void TryThreads(int threads) {
  std::latch all_started(1);
  std::vector<std::thread> started;
  std::exception_ptr error;
  try {
    for (int i = 0; i < threads; ++i) started.push_back(StartThread([&] { all_started.wait(); }));
  } catch (...) {
    error = std::current_exception();
  }
  all_started.count_down();
  for (std::thread& thread : started) thread.join();
  if (error) std::rethrow_exception(error);
}

}  // namespace

ThreadPool::ThreadPool(int threads) : pools_(static_cast<size_t>(threads)) {
  if (threads == 1) return;
  is_crowded_ = threads > AvailableCores();
  TryThreads(threads - 1);
  pools_.back().reset(pthreadpool_create(static_cast<size_t>(threads)));
  pool_ = pools_.back().get();
  if (pool_ == nullptr)
    Fail("cannot start ", threads, " threads (fewer --threads, or more memory or a higher ulimit -u)");
}

void ThreadPool::Use(int threads) {
  Pool& pool = pools_[static_cast<size_t>(threads - 1)];
  if (threads > 1 && !pool) {
    try {
      TryThreads(threads - 1);
      pool.reset(pthreadpool_create(static_cast<size_t>(threads)));
    } catch (const Error&) {
      // All take part.
    }
  }
  pool_ = threads > 1 && !pool ? pools_.back().get() : pool.get();
}

int ThreadPool::threads() const {
  return static_cast<int>(pthreadpool_get_threads_count(pool_));
}

void ThreadPool::ParallelFor(int64_t count,
                             const std::function<void(int64_t begin, int64_t end)>& work) const {
  Job job{work, count, std::min<int64_t>(count, threads())};
  Release(&job.start);
  pthreadpool_parallelize_1d(pool_, RunRange, &job, static_cast<size_t>(job.ranges),
                             is_crowded_ ? PTHREADPOOL_FLAG_YIELD_WORKERS : 0);
  Acquire(&job.end);
}

void ThreadPool::ForEach(int64_t count, const std::function<void(int64_t index)>& work) const {
  std::atomic<int64_t> next = 0;
  std::mutex mutex;
  int64_t failed = count;
  std::exception_ptr error;
  ParallelFor(threads(), [&](int64_t, int64_t) {
    for (int64_t index = next++; index < count; index = next++) {
      try {
        work(index);
      } catch (...) {
        const std::lock_guard lock(mutex);
        if (index < failed) {
          failed = index;
          error = std::current_exception();
        }
        next = count;
      }
    }
  });
  if (error) std::rethrow_exception(error);
}

void ThreadPool::Rest() const {
  const auto nothing = [](void*, size_t) {};
  pthreadpool_parallelize_1d(pool_, nothing, nullptr, static_cast<size_t>(threads()),
                             PTHREADPOOL_FLAG_YIELD_WORKERS);
}

}  // namespace mobilenet
