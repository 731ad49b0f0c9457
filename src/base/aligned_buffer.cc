#include "src/base/aligned_buffer.h"

#include <cstring>
#include <new>

namespace mobilenet {

AlignedBuffer::AlignedBuffer(size_t size_bytes) : size_bytes_(size_bytes) {
  const size_t total_bytes = size_bytes + kSlackBytes;
  data_.reset(static_cast<std::byte*>(::operator new[](total_bytes, std::align_val_t{kAlignmentBytes})));
  std::memset(data_.get(), 0, total_bytes);
}

void AlignedBuffer::Free::operator()(std::byte* memory) const {
  ::operator delete[](memory, std::align_val_t{kAlignmentBytes});
}

}  // namespace mobilenet
