// The frames of an MJPEG stream, such as a camera writes to a pipe.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <exception>
#include <mutex>
#include <optional>
#include <thread>

#include "src/batch/inputs.h"

namespace mobilenet {

class FrameStream {
 public:
  // Takes the first of every `every` frames. From a pipe the latest frame wins: a frame that has not been
  // asked for when the next one arrives is dropped. A file can wait, so none of its frames is lost.
  FrameStream(int descriptor, int64_t every);
  // Waits for a read in progress.
  ~FrameStream();
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  // Waits for the next frame; none at the end of the stream. A stream without JPEGs gives one input, with an
  // error. Throws Error if the stream cannot be read.
  std::optional<Input> Next();

  int64_t dropped_frames() const;

 private:
  void Read();
  void ReadFrames();
  void Offer(Input frame);
  void OfferFrame(ByteBuffer bytes);

  const int descriptor_;
  const int64_t every_;
  const bool may_drop_;
  int64_t frames_ = 0;  // used by the reading thread

  mutable std::mutex mutex_;  // guards everything below
  std::condition_variable changed_;
  std::optional<Input> latest_;
  int64_t dropped_frames_ = 0;
  std::exception_ptr exception_;  // what ended the reading
  bool is_at_end_ = false;
  bool is_stopping_ = false;

  std::thread reading_;
};

}  // namespace mobilenet
