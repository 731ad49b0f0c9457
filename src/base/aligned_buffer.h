// Owned, zeroed memory for feature maps and packed weights. It starts on a cache line, and a few bytes past
// its end can be read, since vector kernels (XNNPACK's and ours) read past the last element.
#pragma once

#include <cstddef>
#include <memory>
#include <span>

namespace mobilenet {

class AlignedBuffer {
 public:
  static constexpr size_t kAlignmentBytes = 64;
  static constexpr size_t kSlackBytes = 128;  // XNN_EXTRA_BYTES is 16, or 128 at most

  AlignedBuffer() = default;
  // Throws std::bad_alloc.
  explicit AlignedBuffer(size_t size_bytes);

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  size_t size_bytes() const { return size_bytes_; }

  template <typename T>
  T* As() {
    return reinterpret_cast<T*>(data_.get());
  }
  template <typename T>
  const T* As() const {
    return reinterpret_cast<const T*>(data_.get());
  }

 private:
  struct Free {
    void operator()(std::byte* memory) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  size_t size_bytes_ = 0;
};

}  // namespace mobilenet
