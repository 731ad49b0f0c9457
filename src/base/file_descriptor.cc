#include "src/base/file_descriptor.h"

#include <unistd.h>

#include <cerrno>

namespace mobilenet {

void FileDescriptor::Close() {
  const int error = errno;
  if (value_ >= 0) ::close(std::exchange(value_, -1));
  errno = error;
}

}  // namespace mobilenet
