// The owner of a file descriptor.
#pragma once

#include <utility>

namespace mobilenet {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  // Takes over what open() returned; negative for none.
  explicit FileDescriptor(int value) : value_(value) {}
  ~FileDescriptor() { Close(); }
  FileDescriptor(FileDescriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  int get() const { return value_; }
  explicit operator bool() const { return value_ >= 0; }

  // Before the owner goes; errno stays what it was.
  void Close();

 private:
  int value_ = -1;
};

}  // namespace mobilenet
