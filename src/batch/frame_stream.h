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
  // Takes the first of every `every` frames. From a pipe the latest frame wins: one that nobody has asked for
  // before the next one comes is dropped. A file can wait, and loses none.
  FrameStream(int descriptor, int64_t every);
  // Waits for the read that is under way.
  ~FrameStream();
  FrameStream(const FrameStream&) = delete;
  FrameStream& operator=(const FrameStream&) = delete;

  // Waits for the next frame; none at the end of the stream. Of a stream without JPEGs there is one input,
  // with an error. Throws Error where it cannot be read.
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
  int64_t frames_ = 0;  // of the reading thread

  mutable std::mutex mutex_;  // of all below
  std::condition_variable changed_;
  std::optional<Input> latest_;
  int64_t dropped_frames_ = 0;
  std::exception_ptr exception_;  // what ended the reading
  bool is_at_end_ = false;
  bool is_stopping_ = false;

  std::thread reading_;
};

}  // namespace mobilenet
