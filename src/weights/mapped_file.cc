#include "src/weights/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstdint>
#include <system_error>

#include "src/base/error.h"
#include "src/base/file_descriptor.h"

namespace mobilenet {
namespace {

[[noreturn]] void FailWith(const std::string& path, int error_number) {
  switch (error_number) {
    case ENOENT:
    case ENOTDIR:
      Fail(path, ": no such file");
    case EACCES:
    case EPERM:
      Fail(path, ": permission denied");
    default:
      Fail(path, ": cannot read: ", std::generic_category().message(error_number));
  }
}

}  // namespace

MappedFile::MappedFile(const std::string& path) {
  // Not blocking, so that a named pipe is refused below and not waited for.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) FailWith(path, errno);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) FailWith(path, errno);
  if (S_ISDIR(status.st_mode)) Fail(path, ": is a directory (a file is needed)");
  if (!S_ISREG(status.st_mode)) Fail(path, ": is not a regular file");
  if (status.st_size == 0) Fail(path, ": the file is empty");
  if (static_cast<uint64_t>(status.st_size) > SIZE_MAX) FailWith(path, EFBIG);

  const size_t size_bytes = static_cast<size_t>(status.st_size);
  void* data = mmap(nullptr, size_bytes, PROT_READ, MAP_PRIVATE, file.get(), 0);
  if (data == MAP_FAILED) FailWith(path, errno);
  bytes_ = {static_cast<std::byte*>(data), size_bytes};
  // All of it will be read soon, front to back: let the card start now. Advice only, so failure is no error.
  madvise(data, size_bytes, MADV_WILLNEED);
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

}  // namespace mobilenet
