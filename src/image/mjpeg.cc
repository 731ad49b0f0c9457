// Markers and segments: ITU-T T.81, annex B. Segments are skipped by their length, so that the EOI of a
// thumbnail inside one does not end the frame.
#include "src/image/mjpeg.h"

#include <algorithm>
#include <iterator>

namespace mobilenet {
namespace {

constexpr size_t kMaxFrameBytes = size_t{64} << 20;
constexpr uint8_t kSoi = 0xD8, kEoi = 0xD9, kSos = 0xDA, kTem = 0x01;

bool IsRestart(uint8_t marker) {
  return marker >= 0xD0 && marker <= 0xD7;
}

}  // namespace

void MjpegSplitter::Append(std::span<const uint8_t> bytes) {
  bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
}

std::optional<ByteBuffer> MjpegSplitter::Next() {
  if (!Walk()) return std::nullopt;
  return TakeFrame();
}

std::optional<ByteBuffer> MjpegSplitter::Rest() {
  if (state_ == State::kBetweenFrames) return std::nullopt;
  at_ = bytes_.size();
  return TakeFrame();
}

ByteBuffer MjpegSplitter::TakeFrame() {
  const auto end = bytes_.begin() + static_cast<ptrdiff_t>(at_);
  ByteBuffer frame(bytes_.begin(), end);
  bytes_.erase(bytes_.begin(), end);
  at_ = 0;
  state_ = State::kBetweenFrames;
  return frame;
}

bool MjpegSplitter::IsOnlyBegun() const {
  return std::all_of(bytes_.begin() + 2, bytes_.begin() + static_cast<ptrdiff_t>(at_),
                     [](uint8_t byte) { return byte == 0xFF; });
}

bool MjpegSplitter::Walk() {
  const auto has = [this](size_t count) { return bytes_.size() - at_ >= count; };
  for (;;) {
    if (at_ >= kMaxFrameBytes) return true;
    switch (state_) {
      case State::kBetweenFrames: {
        // In other data, the two bytes of SOI alone come up too often.
        constexpr uint8_t kStart[] = {0xFF, kSoi, 0xFF};
        const auto found = std::search(bytes_.begin(), bytes_.end(), std::begin(kStart), std::end(kStart));
        if (found == bytes_.end()) {
          // The last two bytes may be the first ones of a frame.
          bytes_.erase(bytes_.begin(), bytes_.end() - std::min<ptrdiff_t>(std::ssize(bytes_), 2));
          return false;
        }
        bytes_.erase(bytes_.begin(), found);
        at_ = 2;
        state_ = State::kMarker;
        break;
      }
      case State::kMarker: {
        if (!has(2)) return false;
        const uint8_t marker = bytes_[at_ + 1];
        if (bytes_[at_] != 0xFF) return true;  // damaged: the decoder will say so
        if (marker == 0xFF) {                  // a fill byte
          ++at_;
        } else if (marker == kSoi && IsOnlyBegun()) {
          bytes_.erase(bytes_.begin(), bytes_.begin() + static_cast<ptrdiff_t>(at_));  // it may begin here
          state_ = State::kBetweenFrames;
        } else if (marker == kSoi) {
          return true;
        } else if (marker == kEoi) {
          at_ += 2;
          return true;
        } else if (IsRestart(marker) || marker == kTem || marker == 0) {
          at_ += 2;
        } else {
          is_scan_segment_ = marker == kSos;
          at_ += 2;
          state_ = State::kSegmentLength;
        }
        break;
      }
      case State::kSegmentLength: {
        if (!has(2)) return false;
        const size_t length = size_t{bytes_[at_]} << 8 | bytes_[at_ + 1];  // includes itself
        if (!has(length)) return false;
        at_ += std::max<size_t>(length, 2);
        at_ = std::min(at_, bytes_.size());
        state_ = is_scan_segment_ ? State::kScan : State::kMarker;
        break;
      }
      case State::kScan: {
        const auto from = bytes_.begin() + static_cast<ptrdiff_t>(at_);
        at_ = static_cast<size_t>(std::find(from, bytes_.end(), 0xFF) - bytes_.begin());
        if (!has(2)) return false;
        const uint8_t after = bytes_[at_ + 1];
        if (after == 0 || IsRestart(after)) {  // a stuffed zero or a restart: still data
          at_ += 2;
        } else {
          state_ = State::kMarker;
        }
        break;
      }
    }
  }
}

}  // namespace mobilenet
