// A regular file mapped read-only for the lifetime of the object. Knows nothing of what is in it.
//
// Pages are read when they are touched, so a file that shrinks while it is mapped ends the process with
// SIGBUS: model files are replaced by renaming a complete new file over the old one, never overwritten in
// place.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace mobilenet {

class MappedFile {
 public:
  MappedFile() = default;
  // Throws Error for whatever cannot be mapped: missing, a directory, a device, unreadable, empty.
  explicit MappedFile(const std::string& path);
  MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  MappedFile& operator=(MappedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }  // starts on a page

 private:
  std::span<std::byte> bytes_;
};

}  // namespace mobilenet
