// Numbers and pieces of a file, one after another, never beyond its end.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "src/base/error.h"

namespace mobilenet {

class ByteReader {
 public:
  // `format_name`, such as "BMP", and `name` are for messages.
  ByteReader(std::span<const uint8_t> bytes, const char* format_name, const std::string& name)
      : bytes_(bytes), format_name_(format_name), name_(name) {}

  // All of these throw Error if the file ends too early.
  std::span<const uint8_t> Take(size_t count) {
    if (count > LeftBytes()) Fail(name_, ": truncated ", format_name_, ": it ends before its last pixel");
    at_ += count;
    return bytes_.subspan(at_ - count, count);
  }
  void Skip(uint64_t count) { Take(static_cast<size_t>(std::min<uint64_t>(count, SIZE_MAX))); }
  void Seek(uint64_t at) {
    at_ = 0;
    Skip(at);
  }
  uint8_t U8() { return Take(1)[0]; }
  uint32_t U16Little() { return Little(2); }
  uint32_t U32Little() { return Little(4); }
  uint32_t U16Big() { return Big(2); }
  uint32_t U32Big() { return Big(4); }

  size_t at() const { return at_; }
  size_t LeftBytes() const { return bytes_.size() - at_; }

 private:
  uint32_t Little(size_t count) {
    const auto taken = Take(count);
    uint32_t value = 0;
    for (size_t i = count; i > 0; --i) value = value << 8 | taken[i - 1];
    return value;
  }
  uint32_t Big(size_t count) {
    uint32_t value = 0;
    for (const uint8_t byte : Take(count)) value = value << 8 | byte;
    return value;
  }

  std::span<const uint8_t> bytes_;
  const char* format_name_;
  const std::string& name_;
  size_t at_ = 0;
};

}  // namespace mobilenet
