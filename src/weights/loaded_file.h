// A regular file in memory for the lifetime of the object. Knows nothing of what is in it.
//
// Read once, from one open file, and not mapped: what is made of a model, and its hash, are of the same bytes
// whatever becomes of the file, and a mapped file that shrinks ends the process with SIGBUS.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace mobilenet {

class LoadedFile {
 public:
  LoadedFile() = default;
  // Throws Error for whatever cannot be loaded: missing, a directory, a device, unreadable, empty, larger
  // than the memory that is left, or changed while it is read.
  explicit LoadedFile(const std::string& path);
  // What a file of so many bytes would hold, zeros, for whoever makes one in memory. Throws Error, with the
  // name in front, where less memory is left.
  LoadedFile(const std::string& name, size_t size_bytes);
  LoadedFile(LoadedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  LoadedFile& operator=(LoadedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~LoadedFile();

  std::span<const std::byte> bytes() const { return bytes_; }  // starts on a page
  std::span<std::byte> contents() { return bytes_; }

  // The memory of that part of bytes() goes back to the system, as far as it is whole pages: nobody reads it
  // any more.
  void GiveBack(std::span<const std::byte> part);

 private:
  void ReadAll(const std::string& path, int descriptor);

  std::span<std::byte> bytes_;
};

// What a text file holds. Throws Error as LoadedFile does.
std::string FileText(const std::string& path);

}  // namespace mobilenet
