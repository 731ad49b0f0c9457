#include "src/weights/loaded_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cassert>
#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>

#include "src/base/error.h"
#include "src/base/file_descriptor.h"
#include "src/base/limits.h"

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

LoadedFile::LoadedFile(const std::string& path) {
  // Not blocking, so that a named pipe is refused below instead of waited for.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file) FailWith(path, errno);
  struct stat status = {};
  if (fstat(file.get(), &status) != 0) FailWith(path, errno);
  if (S_ISDIR(status.st_mode)) Fail(path, ": is a directory (a file is needed)");
  if (!S_ISREG(status.st_mode)) Fail(path, ": is not a regular file");
  if (status.st_size == 0) Fail(path, ": the file is empty");
  if (static_cast<uint64_t>(status.st_size) > SIZE_MAX) FailWith(path, EFBIG);

  *this = LoadedFile(path, static_cast<size_t>(status.st_size));
  ReadAll(path, file.get());
  struct stat after = {};
  if (fstat(file.get(), &after) != 0) FailWith(path, errno);
  if (after.st_size != status.st_size || after.st_mtim.tv_sec != status.st_mtim.tv_sec ||
      after.st_mtim.tv_nsec != status.st_mtim.tv_nsec) {
    Fail(path, ": changed while it was being read");
  }
}

LoadedFile::LoadedFile(const std::string& name, size_t size_bytes) {
  CheckMemoryIsLeft(name, static_cast<int64_t>(size_bytes));
  // Separate pages, which go back to the system as soon as the plans are made.
  void* data = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) throw std::bad_alloc();
  bytes_ = {static_cast<std::byte*>(data), size_bytes};
}

void LoadedFile::ReadAll(const std::string& path, int descriptor) {
  for (size_t at = 0; at < bytes_.size();) {
    const ssize_t count = read(descriptor, bytes_.data() + at, bytes_.size() - at);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) FailWith(path, errno);
    if (count == 0) Fail(path, ": was cut short while it was being read");
    at += static_cast<size_t>(count);
  }
}

void LoadedFile::GiveBack(std::span<const std::byte> part) {
  static const auto page_bytes = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
  const auto offset = static_cast<size_t>(part.data() - bytes_.data());
  assert(offset + part.size() <= bytes_.size());
  const size_t begin = (offset + page_bytes - 1) / page_bytes * page_bytes;
  const size_t end = (offset + part.size()) / page_bytes * page_bytes;
  // If this fails, the memory is merely kept.
  if (begin < end) madvise(bytes_.data() + begin, end - begin, MADV_DONTNEED);
}

LoadedFile::~LoadedFile() {
  if (!bytes_.empty()) munmap(bytes_.data(), bytes_.size());
}

std::string FileText(const std::string& path) {
  const LoadedFile file(path);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

}  // namespace mobilenet
