// One image after another, for every command that processes many: read, decoded, inferred, and handed on in
// the order of the inputs. What happens to the rows is up to the caller.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <string>

#include "src/base/ordered_workers.h"
#include "src/batch/batch_threads.h"
#include "src/batch/classifier.h"
#include "src/batch/frame_stream.h"
#include "src/batch/inputs.h"
#include "src/image/image.h"
#include "src/report/rows.h"
#include "src/report/run_summary.h"

namespace mobilenet {

struct BatchOptions {
  BatchThreads threads;
  std::optional<int64_t>
      frames_every;  // take every n-th frame of the MJPEG stream on standard input instead of inputs
  // Called for each input before its turn: false skips it; its error and is_alone may be set. Null: take all.
  std::function<bool(Input& input)> admit;
  // Called when an input is about to be read; may be null. These two are never called by two threads at once.
  std::function<void(const std::string& path)> on_begin;
  std::function<bool()> is_stopped;  // true: no more inputs, what is in hand is finished
  // Uses the picture of a row without an error, if the classifier keeps pictures; what it returns becomes the
  // row's error. Called like the sink, and before it; null: none.
  std::function<std::optional<std::string>(const ClassifyRow& row, Image picture)> use_picture;
};

class Batch {
 public:
  // Takes a finished row. Called by the thread that calls Run.
  using Sink = std::function<void(const ClassifyRow& row)>;

  // All three must outlive this object.
  Batch(Classifier& classifier, InputSource& inputs, const BatchOptions& options);
  // Waits for reads in progress, on standard input perhaps for ever: a program that is ending must end before
  // that.
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Called once. Throws what reading the inputs or the sink threw; an unreadable image becomes a row.
  void Run(const Sink& sink);

  // Of the rows given to the sink, including the one it has in hand.
  const RunTotals& totals() const { return totals_; }

 private:
  std::optional<Input> NextInput();
  bool WaitForOthers();
  size_t QueueLength(int threads) const;

  Classifier& classifier_;
  InputSource& inputs_;
  const BatchOptions& options_;
  RunTotals totals_;
  bool was_alone_ = false;  // the previous input's is_alone
  std::mutex mutex_;        // guards what follows
  std::condition_variable handed_on_;
  int64_t in_hand_ = 0;  // inputs that have not been handed on yet
  bool is_ending_ = false;
  std::optional<FrameStream> stream_;
  std::optional<OrderedWorkers<Input, PreparedImage>> decoding_;
  std::optional<OrderedWorkers<PreparedImage, PreparedImage>> inference_;
};

}  // namespace mobilenet
