#include "src/batch/frame_stream.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/start_thread.h"
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
  if (!latest_ && error_) std::rethrow_exception(error_);
  std::optional<Input> frame = std::exchange(latest_, std::nullopt);
  lock.unlock();
  changed_.notify_all();
  return frame;
}

int64_t FrameStream::dropped_frames() const {
  const std::lock_guard lock(mutex_);
  return dropped_frames_;
}

void FrameStream::Read() {
  std::exception_ptr error;
  try {
    ReadAll();
  } catch (...) {
    error = std::current_exception();
  }
  const std::lock_guard lock(mutex_);
  error_ = error;
  is_at_end_ = true;
  changed_.notify_all();
}

// Until the end, or until nobody wants more.
void FrameStream::ReadAll() {
  MjpegSplitter splitter;
  std::vector<uint8_t> buffer(1 << 16);
  for (;;) {
    const ssize_t count = ::read(descriptor_, buffer.data(), buffer.size());
    const int error = count < 0 ? errno : 0;
    if (error == EINTR) continue;
    if (count > 0) splitter.Append({buffer.data(), static_cast<size_t>(count)});
    while (auto frame = splitter.Next()) Offer(std::move(*frame));
    if (count <= 0) {
      if (auto rest = splitter.Rest()) Offer(std::move(*rest));
      if (error != 0) Fail("standard input: cannot read the stream: ", std::strerror(error));
      return;
    }
    const std::lock_guard lock(mutex_);
    if (is_stopping_) return;
  }
}

void FrameStream::Offer(ByteBuffer frame) {
  if (frames_++ % every_ != 0) return;
  std::unique_lock lock(mutex_);
  if (!may_drop_) changed_.wait(lock, [this] { return !latest_ || is_stopping_; });
  if (latest_) ++dropped_frames_;
  latest_ = Input{.path = "-", .is_standard_input = true, .frame = frames_, .bytes = std::move(frame)};
  lock.unlock();
  changed_.notify_all();
}

}  // namespace mobilenet
