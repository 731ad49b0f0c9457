#include "src/image/png_check.h"

#include <array>
#include <string_view>

#include "src/base/error.h"

namespace mobilenet {
namespace {

// CRC-32 of ISO 3309, eight bytes a step: tables[k][byte] is the check sum of the byte followed by k zeros.
// With one byte a step it would take a quarter of the decoder's time.
constexpr size_t kStepBytes = 8;
using CrcTables = std::array<std::array<uint32_t, 256>, kStepBytes>;

constexpr CrcTables MakeCrcTables() {
  CrcTables tables = {};
  for (uint32_t i = 0; i < 256; ++i) {
    uint32_t crc = i;
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0u);
    tables[0][i] = crc;
  }
  for (size_t k = 1; k < kStepBytes; ++k) {
    for (size_t i = 0; i < 256; ++i)
      tables[k][i] = (tables[k - 1][i] >> 8) ^ tables[0][tables[k - 1][i] & 0xff];
  }
  return tables;
}
constexpr CrcTables kCrcTables = MakeCrcTables();

uint32_t Crc(std::span<const uint8_t> bytes) {
  uint32_t crc = 0xffffffffu;
  for (; bytes.size() >= kStepBytes; bytes = bytes.subspan(kStepBytes)) {
    uint32_t next = 0;
    for (size_t i = 0; i < kStepBytes; ++i) {
      const uint32_t old = i < 4 ? crc >> 8 * i & 0xff : 0;
      next ^= kCrcTables[kStepBytes - 1 - i][bytes[i] ^ old];
    }
    crc = next;
  }
  for (uint8_t byte : bytes) crc = (crc >> 8) ^ kCrcTables[0][(crc ^ byte) & 0xff];
  return ~crc;
}

uint32_t U32(std::span<const uint8_t> bytes, size_t at) {
  return static_cast<uint32_t>(bytes[at]) << 24 | static_cast<uint32_t>(bytes[at + 1]) << 16 |
         static_cast<uint32_t>(bytes[at + 2]) << 8 | bytes[at + 3];
}

bool IsColourAndDepth(int colour_type, int depth_bits) {
  switch (colour_type) {
    case 0:  // grey
      return depth_bits == 1 || depth_bits == 2 || depth_bits == 4 || depth_bits == 8 || depth_bits == 16;
    case 3:  // palette
      return depth_bits == 1 || depth_bits == 2 || depth_bits == 4 || depth_bits == 8;
    case 2:  // RGB
    case 4:  // grey, alpha
    case 6:  // RGB, alpha
      return depth_bits == 8 || depth_bits == 16;
    default:
      return false;
  }
}

}  // namespace

void CheckPng(std::span<const uint8_t> bytes, const std::string& name) {
  constexpr size_t kSignatureBytes = 8;
  constexpr size_t kFrameBytes = 12;  // length, type and check sum around a chunk's data
  bool is_first = true;
  size_t at = kSignatureBytes;
  for (;;) {
    if (bytes.size() < at + kFrameBytes) Fail(name, ": truncated PNG (the chunk IEND is missing)");
    const size_t data_bytes = U32(bytes, at);
    const std::string_view type(reinterpret_cast<const char*>(bytes.data()) + at + 4, 4);
    if (is_first && (type != "IHDR" || data_bytes != 13))
      Fail(name, ": damaged PNG: it does not begin with IHDR");
    if (data_bytes > bytes.size() - at - kFrameBytes) {
      Fail(name, ": truncated PNG: a chunk of ", data_bytes, " bytes, and ", bytes.size() - at - kFrameBytes,
           " are left");
    }
    const bool is_critical = (type[0] & 0x20) == 0;
    if ((is_critical || type == "tRNS") &&
        Crc(bytes.subspan(at + 4, 4 + data_bytes)) != U32(bytes, at + 8 + data_bytes)) {
      Fail(name, ": damaged PNG: wrong check sum");
    }
    if (is_first && !IsColourAndDepth(bytes[at + 17], bytes[at + 16])) {
      Fail(name, ": damaged PNG: colour type ", int{bytes[at + 17]}, " with ", int{bytes[at + 16]}, " bits");
    }
    if (is_critical && type != "IHDR" && type != "PLTE" && type != "IDAT" && type != "IEND") {
      Fail(name, ": cannot decode PNG: unknown chunk");
    }
    if (type == "IEND") return;
    is_first = false;
    at += kFrameBytes + data_bytes;
  }
}

}  // namespace mobilenet
