// The threads that share the work of one layer: a pthreadpool, the library that XNNPACK itself uses, so that
// both backends run on the same threads. A thread that waits spins for some milliseconds before it sleeps, as
// layers follow each other faster than a thread wakes up; where there are more threads than cores it sleeps
// at once, since it would keep its core from one that has work.
#pragma once

#include <pthreadpool.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

namespace mobilenet {

class ThreadPool {
 public:
  // `threads` >= 1 in all, including the caller. Throws Error if they cannot be started.
  explicit ThreadPool(int threads);

  // So many take part from the next work on: 1 to those of the constructor, which stay at hand. Where they
  // cannot be started all take part.
  void Use(int threads);

  int threads() const;  // that take part
  // There are more threads than cores: what XNNPACK runs on them is to have XNN_FLAG_YIELD_WORKERS.
  bool is_crowded() const { return is_crowded_; }
  // Null for one thread: XNNPACK then runs in the caller. Changes with Use.
  pthreadpool_t get() const { return pool_; }

  // Calls work(begin, end) for disjoint ranges that cover [0, count) and returns when all are done.
  void ParallelFor(int64_t count, const std::function<void(int64_t begin, int64_t end)>& work) const;

  // Calls work(index) for each index below count, on whichever thread is free, and returns when all are done.
  // Where work throws, the rest is left out, and what the lowest of the failed indices threw is thrown.
  void ForEach(int64_t count, const std::function<void(int64_t index)>& work) const;

  // Until the next work, the threads sleep, and leave their cores to other work.
  void Rest() const;

 private:
  struct Destroy {
    void operator()(pthreadpool_t pool) const { pthreadpool_destroy(pool); }
  };
  using Pool = std::unique_ptr<pthreadpool, Destroy>;

  std::vector<Pool> pools_;  // of i + 1 threads, where there has been use for them
  pthreadpool_t pool_ = nullptr;
  bool is_crowded_ = false;
};

}  // namespace mobilenet
