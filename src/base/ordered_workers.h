// Work spread over threads, with the results handed out in the order of the inputs. At most `capacity` inputs
// are being worked on or waiting to be handed out, however many there are.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/start_thread.h"

namespace mobilenet {

template <typename In, typename Out>
class OrderedWorkers {
 public:
  // One thread at a time calls `source`, until it returns none; several at once call `work`.
  OrderedWorkers(int threads, size_t capacity, std::function<std::optional<In>()> source,
                 std::function<Out(In)> work)
      : source_(std::move(source)), work_(std::move(work)), slots_(capacity) {
    threads_.reserve(static_cast<size_t>(threads));
    for (int i = 0; i < threads; ++i) {
      try {
        threads_.push_back(StartThread([this] { Run(); }));
      } catch (const Error&) {
        if (i == 0) throw;
        break;  // fewer threads do as well
      }
    }
  }

  // Waits for the calls of `source` and `work` that are still running.
  ~OrderedWorkers() {
    {
      const std::lock_guard lock(mutex_);
      is_stopping_ = true;
    }
    room_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }
  OrderedWorkers(const OrderedWorkers&) = delete;
  OrderedWorkers& operator=(const OrderedWorkers&) = delete;

  // The next result; none after the last one, or once `is_cancelled` returns true. Rethrows what `source` or
  // `work` threw.
  template <typename IsCancelled>
  std::optional<Out> Next(const IsCancelled& is_cancelled) {
    std::unique_lock lock(mutex_);
    Slot& slot = SlotOf(next_out_);
    const auto is_ready = [&] { return slot.is_full || next_out_ == end_; };
    // A signal handler cannot wake this thread, so it checks now and then whether there was a signal.
    while (!is_cancelled() && !ready_.wait_for(lock, std::chrono::milliseconds(50), is_ready)) {
    }
    if (!slot.is_full || is_cancelled()) return std::nullopt;
    Slot taken = std::exchange(slot, {});
    ++next_out_;
    lock.unlock();
    room_.notify_one();
    if (taken.exception) std::rethrow_exception(taken.exception);
    return std::move(taken.result);
  }

 private:
  struct Slot {
    bool is_full = false;
    std::optional<Out> result;
    std::exception_ptr exception;
  };

  Slot& SlotOf(uint64_t index) { return slots_[static_cast<size_t>(index % slots_.size())]; }

  void Run() {
    for (;;) {
      std::optional<In> in;
      Slot done{true, {}, {}};
      uint64_t index = 0;
      {
        const std::lock_guard source_lock(source_mutex_);
        std::unique_lock lock(mutex_);
        room_.wait(lock, [&] { return is_stopping_ || next_in_ < next_out_ + slots_.size(); });
        if (is_stopping_ || end_ != kNoEnd) return;
        index = next_in_++;
        lock.unlock();
        try {
          in = source_();
        } catch (...) {
          done.exception = std::current_exception();
        }
        if (!in) {
          lock.lock();
          end_ = index + (done.exception ? 1 : 0);
          if (done.exception) SlotOf(index) = std::move(done);
          lock.unlock();
          ready_.notify_one();
          room_.notify_all();
          return;
        }
      }
      try {
        done.result = work_(std::move(*in));
      } catch (...) {
        done.exception = std::current_exception();
      }
      {
        const std::lock_guard lock(mutex_);
        SlotOf(index) = std::move(done);
      }
      ready_.notify_one();
    }
  }

  static constexpr uint64_t kNoEnd = UINT64_MAX;

  const std::function<std::optional<In>()> source_;
  const std::function<Out(In)> work_;
  std::mutex source_mutex_;        // held while source_ is called; taken before mutex_
  std::mutex mutex_;               // guards everything below
  std::condition_variable ready_;  // the next result may be there
  std::condition_variable room_;   // a result was taken
  std::vector<Slot> slots_;        // the result of input i is in slot i modulo their number
  uint64_t next_in_ = 0;
  uint64_t next_out_ = 0;
  uint64_t end_ = kNoEnd;  // the number of inputs, once it is known
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace mobilenet
