// Memory that threads share out among themselves: each says how much it is going to use, and waits while the
// others leave too little.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>

namespace mobilenet {

class MemoryBudget {
 public:
  explicit MemoryBudget(int64_t bytes) : bytes_(bytes) {}

  // Given back when it goes out of scope. A thread holds one at a time: with two, threads could wait for each
  // other for ever.
  class Share {
   public:
    // Waits until this many bytes are free, or nobody else holds any: a request larger than the budget thus
    // runs alone. Without a budget (null) nothing is counted.
    Share(MemoryBudget* budget, int64_t bytes) : budget_(budget), bytes_(bytes) {
      if (budget_ == nullptr) return;
      std::unique_lock lock(budget_->mutex_);
      budget_->freed_.wait(
          lock, [this] { return budget_->used_ == 0 || budget_->used_ + bytes_ <= budget_->bytes_; });
      budget_->used_ += bytes_;
    }
    ~Share() {
      if (budget_ == nullptr) return;
      {
        const std::lock_guard lock(budget_->mutex_);
        budget_->used_ -= bytes_;
      }
      budget_->freed_.notify_all();
    }
    Share(const Share&) = delete;
    Share& operator=(const Share&) = delete;

   private:
    MemoryBudget* const budget_;
    const int64_t bytes_;
  };

 private:
  const int64_t bytes_;
  std::mutex mutex_;  // guards used_
  std::condition_variable freed_;
  int64_t used_ = 0;
};

}  // namespace mobilenet
