// An allocator for std::vector that holds large blocks of plain values, all of which will be written. It
// leaves them uninitialised and asks for huge pages: when a 12-megapixel JPEG was decoded, a quarter of the
// time went into page faults and into clearing its 36 MB.
#pragma once

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

namespace mobilenet {

template <typename T>
class BufferAllocator {
 public:
  static_assert(std::is_trivial_v<T>);
  using value_type = T;

  BufferAllocator() = default;
  template <typename U>
  BufferAllocator(const BufferAllocator<U>&) {}  // NOLINT: implicit, as allocators are

  T* allocate(size_t count) {
    if (count > SIZE_MAX / sizeof(T) - kHugePageBytes) throw std::bad_alloc();
    const size_t bytes = RoundedBytes(count);
    void* memory = ::operator new(bytes, Alignment(bytes));
    // Only advice: where the kernel does not take it, ordinary pages do.
    if (bytes >= kHugeFromBytes) ::madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }

  void deallocate(T* memory, size_t count) { ::operator delete(memory, Alignment(RoundedBytes(count))); }

  // std::vector calls this for elements without a value; there is nothing to do.
  template <typename U>
  void construct(U* element) noexcept {
    ::new (static_cast<void*>(element)) U;
  }
  template <typename U, typename... Arguments>
  void construct(U* element, Arguments&&... arguments) {
    ::new (static_cast<void*>(element)) U(std::forward<Arguments>(arguments)...);
  }

  bool operator==(const BufferAllocator&) const = default;

 private:
  static constexpr size_t kHugePageBytes = size_t{2} << 20;  // on ARM with 4 KB pages, and on x86-64
  static constexpr size_t kHugeFromBytes = 2 * kHugePageBytes;

  // Large blocks end on a page boundary, so that no other block shares their last page.
  static size_t RoundedBytes(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < kHugeFromBytes) return bytes;
    return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  }

  static std::align_val_t Alignment(size_t bytes) {
    return std::align_val_t{bytes < kHugeFromBytes ? alignof(std::max_align_t) : kHugePageBytes};
  }
};

// File contents and pixels: elements without a value stay uninitialised.
using ByteBuffer = std::vector<uint8_t, BufferAllocator<uint8_t>>;

}  // namespace mobilenet
