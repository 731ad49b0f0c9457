#include "src/batch/batch.h"

#include <unistd.h>

#include <chrono>
#include <utility>

#include "src/base/stopwatch.h"

namespace mobilenet {

Batch::Batch(Classifier& classifier, InputSource& inputs, const BatchOptions& options)
    : classifier_(classifier), inputs_(inputs), options_(options) {}

Batch::~Batch() {
  const std::lock_guard lock(mutex_);
  is_ending_ = true;
  handed_on_.notify_all();
}

void Batch::Run(const Sink& sink) {
  const BatchThreads& threads = options_.threads;
  if (options_.frames_every) stream_.emplace(STDIN_FILENO, *options_.frames_every);
  const Stopwatch stopwatch;
  decoding_.emplace(
      threads.decode, QueueLength(threads.decode), [this] { return NextInput(); },
      [this](Input input) { return classifier_.Prepare(std::move(input)); });
  // A stop ends the inputs of the inference; what it has in hand is finished.
  const int inferences = threads.one_image_each ? threads.inference : 1;
  inference_.emplace(
      inferences, QueueLength(inferences), [this] { return decoding_->Next(options_.is_stopped); },
      [this](PreparedImage prepared) {
        classifier_.Classify(prepared);
        return prepared;
      });
  while (auto prepared = inference_->Next([] { return false; })) {
    ClassifyRow& row = prepared->row;
    if (!row.error && options_.use_picture) row.error = options_.use_picture(row, std::move(prepared->image));
    totals_.Add(row);
    sink(row);
    if (stream_) continue;
    const std::lock_guard lock(mutex_);
    --in_hand_;
    handed_on_.notify_all();
  }
  totals_.elapsed_s = stopwatch.ElapsedMs() / 1000;
  totals_.skipped_files = inputs_.skipped_files();
  totals_.skipped_hidden = inputs_.skipped_hidden();
  if (stream_) totals_.dropped_frames = stream_->dropped_frames();
}

std::optional<Input> Batch::NextInput() {
  if (stream_) return stream_->Next();
  std::optional<Input> input;
  do {
    input = inputs_.Next();
  } while (input && options_.admit && !options_.admit(*input));
  if (!input) return std::nullopt;
  if ((input->is_alone || was_alone_) && !WaitForOthers()) return std::nullopt;
  was_alone_ = input->is_alone;
  if (options_.on_begin) options_.on_begin(input->path);
  const std::lock_guard lock(mutex_);
  ++in_hand_;
  return input;
}

// Waits until everything that was read is handed on. False if that will not happen any more.
bool Batch::WaitForOthers() {
  std::unique_lock lock(mutex_);
  // A signal handler cannot wake this thread, so it checks now and then whether there was a signal.
  while (in_hand_ > 0) {
    if (is_ending_ || options_.is_stopped()) return false;
    handed_on_.wait_for(lock, std::chrono::milliseconds(50));
  }
  return true;
}

// How many results decoding or inference may hold: a few more than its threads, so that none waits for a slow
// one. Whole pictures are too large for that, and frames go out of date too quickly.
size_t Batch::QueueLength(int threads) const {
  if (options_.frames_every || classifier_.options().keeps_pictures) return 1;
  return static_cast<size_t>(threads) + 2;
}

}  // namespace mobilenet
