// One image after the other, for every command that has many: read, decoded, inferred, and handed on in the
// order of the inputs. What becomes of the rows is the caller's affair.
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
      frames_every;  // standard input's MJPEG stream instead of the inputs, every n-th frame
  // Each input before its turn: false passes it over; its error and is_alone may be set. Null: all are taken.
  std::function<bool(Input& input)> admit;
  // An input is going to be read. Null: nobody wants to know. Neither is called by two threads at once.
  std::function<void(const std::string& path)> on_begin;
  std::function<bool()> is_stopped;  // no more inputs, what is in hand is finished
  // Uses the picture of a row without an error, where the classifier keeps them; what it returns is the row's
  // error. Called as the sink is, before it; null: none.
  std::function<std::optional<std::string>(const ClassifyRow& row, Image picture)> use_picture;
};

class Batch {
 public:
  // Takes a finished row. Called by the thread that runs.
  using Sink = std::function<void(const ClassifyRow& row)>;

  // All three stay.
  Batch(Classifier& classifier, InputSource& inputs, const BatchOptions& options);
  // Waits for the reads that are under way, of standard input perhaps for ever: a program that ends does so
  // before.
  ~Batch();
  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  // Once. Throws what reading the inputs or the sink threw; an image that cannot be read is a row.
  void Run(const Sink& sink);

  // Of what the sink was given, the row in its hands included.
  const RunTotals& totals() const { return totals_; }

 private:
  std::optional<Input> NextInput();
  bool WaitForOthers();
  size_t QueueLength(int threads) const;

  Classifier& classifier_;
  InputSource& inputs_;
  const BatchOptions& options_;
  RunTotals totals_;
  bool was_alone_ = false;  // the input before
  std::mutex mutex_;        // of what follows
  std::condition_variable handed_on_;
  int64_t in_hand_ = 0;  // inputs that are not handed on yet
  bool is_ending_ = false;
  std::optional<FrameStream> stream_;
  std::optional<OrderedWorkers<Input, PreparedImage>> decoding_;
  std::optional<OrderedWorkers<PreparedImage, PreparedImage>> inference_;
};

}  // namespace mobilenet
