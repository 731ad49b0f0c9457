#include "src/weights/checksum.h"

#include <cstdint>
#include <cstdio>
#include <span>
#include <string>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::string Checksum(const std::string& data) {
  return WeightsChecksum(std::as_bytes(std::span(data)));
}

// By the definition, word for word.
std::string Expected(std::string data) {
  while (data.size() % 8 != 0) data += '\0';
  const size_t count = data.size() / 8;
  uint64_t sum = 0;
  uint64_t weighted = 0;
  for (size_t i = 0; i < count; ++i) {
    uint64_t word = 0;
    for (size_t byte = 8; byte-- > 0;) word = word << 8 | static_cast<unsigned char>(data[8 * i + byte]);
    sum += word;
    weighted += (count - i) * word;
  }
  char text[48];
  std::snprintf(text, sizeof text, "sums64:%016llx%016llx", static_cast<unsigned long long>(sum),
                static_cast<unsigned long long>(weighted));
  return text;
}

std::string RandomBytes(size_t count) {
  std::string bytes(count, '\0');
  uint32_t state = static_cast<uint32_t>(count) * 2654435761u + 1;
  for (char& byte : bytes) byte = static_cast<char>((state = state * 1664525u + 1013904223u) >> 24);
  return bytes;
}

TEST_CASE("the check sum is that of its definition at every length") {
  for (size_t size = 0; size < 200; ++size) CHECK(Checksum(RandomBytes(size)) == Expected(RandomBytes(size)));
  for (size_t size : {4095, 65536, 1000003})
    CHECK(Checksum(RandomBytes(size)) == Expected(RandomBytes(size)));
  const std::string ones(1 << 20, '\xff');  // the sums wrap around
  CHECK(Checksum(ones) == Expected(ones));
}

TEST_CASE("the converter and the program agree") {  // the same bytes in test/scripts/convert_test.py
  std::string bytes;
  for (int i = 0; i < 41; ++i) bytes += static_cast<char>(i);
  CHECK(Checksum(bytes) == "sums64:736e69645f5a55787d6955412d190518");
}

TEST_CASE("damage as cards do it changes the check sum") {
  constexpr size_t kPage = 4096;
  const std::string whole = RandomBytes(16 * kPage);
  const std::string expected = Checksum(whole);
  const auto damaged = [&](const auto& damage) {
    std::string data = whole;
    damage(data);
    return Checksum(data) != expected;
  };
  for (size_t page = 0; page < 16; ++page) {
    CAPTURE(page);
    const size_t at = page * kPage;
    CHECK(damaged([&](std::string& data) { data.replace(at, kPage, kPage, '\0'); }));
    CHECK(damaged([&](std::string& data) { data.replace(at, kPage, kPage, '\xff'); }));
    CHECK(damaged([&](std::string& data) { data[at + page] = static_cast<char>(data[at + page] ^ 0x10); }));
    if (page == 0) continue;
    CHECK(damaged([&](std::string& data) { data.replace(at, kPage, whole, 0, kPage); }));
    CHECK(damaged([&](std::string& data) {  // pages changed places
      data.replace(at, kPage, whole, 0, kPage);
      data.replace(0, kPage, whole, at, kPage);
    }));
  }
  // A page of zeros that has become one of ones, as in blank flash.
  CHECK(Checksum(std::string(kPage, '\0')) != Checksum(std::string(kPage, '\xff')));
}

}  // namespace
}  // namespace mobilenet
