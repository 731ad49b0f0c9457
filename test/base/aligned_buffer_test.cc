#include "src/base/aligned_buffer.h"

#include <cstdint>
#include <utility>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("a buffer is aligned, zeroed, and readable beyond its end") {
  for (size_t size_bytes : {0, 1, 63, 64, 1000}) {
    CAPTURE(size_bytes);
    AlignedBuffer buffer(size_bytes);
    CHECK(buffer.size_bytes() == size_bytes);
    CHECK(reinterpret_cast<uintptr_t>(buffer.data()) % AlignedBuffer::kAlignmentBytes == 0);
    for (size_t i = 0; i < size_bytes + AlignedBuffer::kSlackBytes; ++i)
      REQUIRE(buffer.As<uint8_t>()[i] == 0);
  }
}

TEST_CASE("a buffer moves without its address changing") {
  AlignedBuffer first(16);
  const auto* address = first.data();
  const AlignedBuffer second = std::move(first);
  CHECK(second.data() == address);
}

}  // namespace
}  // namespace mobilenet
