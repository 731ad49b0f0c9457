// A stream of JPEGs, one after another, cut into frames: what cameras write as MJPEG.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "src/base/buffer_allocator.h"

namespace mobilenet {

class MjpegSplitter {
 public:
  // Takes the next bytes of the stream.
  void Append(std::span<const uint8_t> bytes);

  // The next whole frame, from SOI (with the marker that follows: FF D8 FF) to EOI; none until more bytes
  // come. Anything between frames is skipped. A frame inside which another one begins, or that grows beyond
  // 64 MiB, is returned as it is, without its end.
  std::optional<ByteBuffer> Next();

  // The incomplete frame at the end of the stream, if any.
  std::optional<ByteBuffer> Rest();

  // Whether a frame has begun whose end has not arrived yet.
  bool is_in_frame() const { return state_ != State::kBetweenFrames; }

 private:
  enum class State { kBetweenFrames, kMarker, kSegmentLength, kScan };

  // Whether only fill bytes have come since the beginning.
  bool IsOnlyBegun() const;
  // Walks over the bytes that have arrived. Returns whether the frame ends at at_.
  bool Walk();
  ByteBuffer TakeFrame();

  ByteBuffer bytes_;  // the frame that has begun, and what came after it
  size_t at_ = 0;     // how far they have been examined
  State state_ = State::kBetweenFrames;
  bool is_scan_segment_ = false;
};

}  // namespace mobilenet
