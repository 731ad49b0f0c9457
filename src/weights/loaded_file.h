// A regular file in memory for the lifetime of the object. It does not know what the file holds.
//
// Read once, from one open file, and not mapped: the model and its hash come from the same bytes whatever
// happens to the file, and a mapped file that shrinks ends the process with SIGBUS.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <utility>

namespace mobilenet {

class LoadedFile {
 public:
  LoadedFile() = default;
  // Throws Error if the file cannot be loaded: missing, a directory, a device, unreadable, empty, larger than
  // the memory that is left, or changed while it is being read.
  explicit LoadedFile(const std::string& path);
  // What a file of this many zero bytes would hold, for making a file in memory. Throws Error, with the name
  // in front, if less memory is left.
  LoadedFile(const std::string& name, size_t size_bytes);
  LoadedFile(LoadedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  LoadedFile& operator=(LoadedFile&& other) noexcept {
    std::swap(bytes_, other.bytes_);
    return *this;
  }
  ~LoadedFile();

  std::span<const std::byte> bytes() const { return bytes_; }  // starts on a page boundary
  std::span<std::byte> contents() { return bytes_; }

  // Gives the memory of that part of bytes() back to the system, as far as it is whole pages: nobody reads it
  // any more.
  void GiveBack(std::span<const std::byte> part);

 private:
  void ReadAll(const std::string& path, int descriptor);

  std::span<std::byte> bytes_;
};

// The contents of a text file. Throws Error like LoadedFile.
std::string FileText(const std::string& path);

}  // namespace mobilenet
