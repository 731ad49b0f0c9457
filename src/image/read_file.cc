#include "src/image/read_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>

#include "src/base/error.h"
#include "src/base/file_descriptor.h"
#include "src/image/image_format.h"
#include "src/image/picture_limits.h"
#include "src/image/sentence.h"

namespace mobilenet {
namespace {

[[noreturn]] void FailWithErrno(const std::string& name, int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      Fail(name, ": no such file");
    case EACCES:
    case EPERM:
      Fail(name, ": no permission to read it (chmod +r gives it)");
    case ENAMETOOLONG:
      Fail(name, ": file name too long");
    default:
      Fail(name, ": cannot read: ", InSentence(std::generic_category().message(error_number)));
  }
}

[[noreturn]] void FailTooLarge(const std::string& name, int64_t max_bytes) {
  Fail(name, ": too large for an image file (at most ", max_bytes >> 20, " MiB)");
}

constexpr int kForEver = -1;
constexpr int kMaxSilenceMs = 10'000;

// Waits until there is something to read, or the end.
void WaitToRead(int descriptor, const std::string& name, int max_silence_ms) {
  pollfd wanted = {descriptor, POLLIN, 0};
  int ready = 0;
  do {
    ready = ::poll(&wanted, 1, max_silence_ms);
  } while (ready < 0 && errno == EINTR);
  if (ready == 0)
    Fail(name, ": no data for ", max_silence_ms / 1000, " seconds (an image file was expected)");
}

ByteBuffer ReadAll(int descriptor, const std::string& name, int64_t max_bytes, int max_silence_ms) {
  struct stat status = {};
  if (fstat(descriptor, &status) != 0) FailWithErrno(name, errno);
  if (S_ISDIR(status.st_mode)) Fail(name, ": is a directory (an image file was expected)");
  // A block device or /dev/zero would end only at the limit. Terminals and /dev/null are character devices
  // too.
  if (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode)) {
    Fail(name, ": is a device (an image file was expected)");
  }
  if (status.st_size > max_bytes) FailTooLarge(name, max_bytes);

  // The size is only a hint: pipes and files in /proc have none, and a file may change while it is read. With
  // one byte more than the size, the read that finds the end fits, too.
  constexpr int64_t kFirstBytes = 64 * 1024;
  ByteBuffer bytes(static_cast<size_t>(
      std::clamp<int64_t>(S_ISREG(status.st_mode) ? status.st_size + 1 : 0, kFirstBytes, max_bytes + 1)));
  size_t used = 0;
  bool is_image = false;
  for (;;) {
    if (used == bytes.size()) {
      // At the limit plus one byte it grows no more, and the next read, of no bytes, ends the loop.
      bytes.resize(static_cast<size_t>(std::min<int64_t>(2 * static_cast<int64_t>(used), max_bytes + 1)));
    }
    // If its first bytes are not those of an image, as with a film or an endless pipe, reading stops here.
    const bool is_begun = used >= static_cast<size_t>(kFirstBytes);
    if (is_begun && !is_image) {
      is_image = DetectImageFormat({bytes.data(), used}) != ImageFormat::kUnknown;
      if (!is_image) break;
      if (S_ISREG(status.st_mode)) CheckMemory(status.st_size, name);
    }
    // A pipe that nobody has yet opened for writing would otherwise seem to be at its end.
    if (S_ISFIFO(status.st_mode)) WaitToRead(descriptor, name, max_silence_ms);
    const size_t room = bytes.size() - used;
    const ssize_t got = read(descriptor, bytes.data() + used,
                             is_begun ? room : std::min(room, static_cast<size_t>(kFirstBytes) - used));
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      if (errno != EAGAIN) FailWithErrno(name, errno);
      WaitToRead(descriptor, name, max_silence_ms);
      continue;
    }
    used += static_cast<size_t>(got);
  }
  if (used == 0) Fail(name, ": is empty (an image file was expected)");
  if (used > static_cast<size_t>(max_bytes)) FailTooLarge(name, max_bytes);
  bytes.resize(used);
  return bytes;
}

}  // namespace

ByteBuffer ReadDescriptor(int descriptor, const std::string& name, int64_t max_bytes) {
  return ReadAll(descriptor, name, max_bytes, kForEver);
}

ByteBuffer ReadFile(const std::string& path, int64_t max_bytes) {
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
  if (!file) FailWithErrno(path, errno);
  return ReadAll(file.get(), path, max_bytes, kMaxSilenceMs);
}

}  // namespace mobilenet
