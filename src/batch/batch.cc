#include "src/batch/batch.h"

#include <unistd.h>

#include <utility>

#include "src/base/stopwatch.h"

namespace mobilenet {

Batch::Batch(Classifier& classifier, InputSource& inputs, const BatchOptions& options)
    : classifier_(classifier), inputs_(inputs), options_(options) {}

void Batch::Run(const Sink& sink) {
  const BatchThreads& threads = options_.threads;
  if (options_.frames_every) stream_.emplace(STDIN_FILENO, *options_.frames_every);
  const Stopwatch stopwatch;
  decoding_.emplace(
      threads.decode, QueueLength(threads.decode), [this] { return NextInput(); },
      [this](Input input) { return classifier_.Prepare(std::move(input)); });
  // A stop ends the inputs of the inference: what it has in hand is finished.
  const int inferences = threads.one_image_each ? threads.inference : 1;
  inference_.emplace(
      inferences, QueueLength(inferences), [this] { return decoding_->Next(options_.is_stopped); },
      [this](PreparedImage prepared) {
        classifier_.Classify(prepared);
        return prepared;
      });
  while (auto prepared = inference_->Next([] { return false; })) {
    totals_.Add(prepared->row);
    sink(prepared->row, std::move(prepared->image));
  }
  totals_.elapsed_s = stopwatch.ElapsedMs() / 1000;
  totals_.skipped_files = inputs_.skipped_files();
  if (stream_) totals_.dropped_frames = stream_->dropped_frames();
}

std::optional<Input> Batch::NextInput() {
  if (stream_) return stream_->Next();
  std::optional<Input> input;
  do {
    input = inputs_.Next();
  } while (input && options_.is_done && options_.is_done(input->path));
  return input;
}

// Of what decoding or inference hands out: a few more than its threads, so that none waits for a slow one.
// Whole pictures are too large for that, and frames too soon out of date.
size_t Batch::QueueLength(int threads) const {
  if (options_.frames_every || classifier_.options().keeps_pictures) return 1;
  return static_cast<size_t>(threads) + 2;
}

}  // namespace mobilenet
