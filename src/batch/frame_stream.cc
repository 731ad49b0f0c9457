#include "src/batch/frame_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/start_thread.h"
#include "src/base/str_cat.h"
#include "src/image/mjpeg.h"

namespace mobilenet {
namespace {

bool IsFile(int descriptor) {
  struct stat status = {};
  return ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
}

}  // namespace

FrameStream::FrameStream(int descriptor, int64_t every)
    : descriptor_(descriptor),
      every_(every),
      may_drop_(!IsFile(descriptor)),
      reading_(StartThread([this] { Read(); })) {}

FrameStream::~FrameStream() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  changed_.notify_all();
  reading_.join();
}

std::optional<Input> FrameStream::Next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return latest_ || is_at_end_; });
  if (!latest_ && exception_) std::rethrow_exception(exception_);
  std::optional<Input> frame = std::exchange(latest_, std::nullopt);
  lock.unlock();
  changed_.notify_all();
  return frame;
}

int64_t FrameStream::dropped_frames() const {
  const std::lock_guard lock(mutex_);
  return dropped_frames_;
}

// Runs in a thread of its own: whatever is thrown goes to the caller who asks for frames.
void FrameStream::Read() {
  std::exception_ptr exception;
  try {
    ReadFrames();
  } catch (const std::bad_alloc&) {
    exception = std::make_exception_ptr(Error("standard input: not enough memory for a frame of the stream"));
  } catch (...) {
    exception = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  exception_ = exception;
  is_at_end_ = true;
  changed_.notify_all();
}

void FrameStream::ReadFrames() {
  constexpr int64_t kMostWithoutFrame = 1 << 20;
  MjpegSplitter splitter;
  std::vector<uint8_t> buffer(1 << 16);
  for (int64_t bytes = 0;;) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    const int error = count < 0 ? errno : 0;
    if (count > 0) {
      bytes += count;
      splitter.Append({buffer.data(), static_cast<size_t>(count)});
    }
    while (auto frame = splitter.Next()) OfferFrame(std::move(*frame));
    if (count <= 0) {
      if (auto rest = splitter.Rest()) OfferFrame(std::move(*rest));
      if (error != 0) Fail("standard input: cannot read the stream: ", std::strerror(error));
    }
    const bool has_begun = frames_ > 0 || splitter.is_in_frame();
    if (!has_begun && bytes > 0 && (count == 0 || bytes >= kMostWithoutFrame)) {
      return Offer({.path = "-",
                    .error = StrCat("standard input: no JPEG in ",
                                    count == 0 ? "the stream" : "the first MB of the stream",
                                    " (JPEGs one after the other were expected)"),
                    .is_standard_input = true,
                    .frame = 1});
    }
    if (count == 0) return;
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
}

void FrameStream::OfferFrame(ByteBuffer bytes) {
  if (frames_++ % every_ != 0) return;
  Offer({.path = "-", .is_standard_input = true, .frame = frames_, .bytes = std::move(bytes)});
}

void FrameStream::Offer(Input frame) {
  std::unique_lock lock(mutex_);
  if (!may_drop_) changed_.wait(lock, [this] { return !latest_ || is_stopping_; });
  if (latest_) ++dropped_frames_;
  latest_ = std::move(frame);
  lock.unlock();
  changed_.notify_all();
}

}  // namespace mobilenet
