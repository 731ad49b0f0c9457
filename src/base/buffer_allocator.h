// An allocator for std::vector that holds large blocks of plain values which are all going to be written: it
// leaves them uninitialised, and asks for huge pages, since of decoding a 12-megapixel JPEG a quarter of the
// time went into the page faults and the clearing of its 36 MB.
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
  BufferAllocator(const BufferAllocator<U>&) {}  // NOLINT: as allocators are, implicit

  T* allocate(size_t count) {
    if (count > SIZE_MAX / sizeof(T) - kHugePageBytes) throw std::bad_alloc();
    const size_t bytes = RoundedBytes(count);
    void* memory = ::operator new(bytes, Alignment(bytes));
    // Advice: where it is not taken, ordinary pages do.
    if (bytes >= kHugeFromBytes) ::madvise(memory, bytes, MADV_HUGEPAGE);
    return static_cast<T*>(memory);
  }

  void deallocate(T* memory, size_t count) { ::operator delete(memory, Alignment(RoundedBytes(count))); }

  // What std::vector calls for elements without a value: nothing is to be done.
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

  // Large blocks end with a page of theirs.
  static size_t RoundedBytes(size_t count) {
    const size_t bytes = count * sizeof(T);
    if (bytes < kHugeFromBytes) return bytes;
    return (bytes + kHugePageBytes - 1) / kHugePageBytes * kHugePageBytes;
  }

  static std::align_val_t Alignment(size_t bytes) {
    return std::align_val_t{bytes < kHugeFromBytes ? alignof(std::max_align_t) : kHugePageBytes};
  }
};

// File contents and pixels: elements that are not given a value are not set.
using ByteBuffer = std::vector<uint8_t, BufferAllocator<uint8_t>>;

}  // namespace mobilenet
