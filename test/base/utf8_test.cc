#include "src/base/utf8.h"

#include <string>

#include "test/support/catch.h"

namespace mobilenet {
namespace {

// Encodes by the table of RFC 3629.
std::string Encode(char32_t c) {
  const auto byte = [](char32_t value) { return static_cast<char>(static_cast<unsigned char>(value)); };
  if (c < 0x80) return {byte(c)};
  if (c < 0x800) return {byte(0xC0 | c >> 6), byte(0x80 | (c & 63))};
  if (c < 0x10000) return {byte(0xE0 | c >> 12), byte(0x80 | (c >> 6 & 63)), byte(0x80 | (c & 63))};
  return {byte(0xF0 | c >> 18), byte(0x80 | (c >> 12 & 63)), byte(0x80 | (c >> 6 & 63)),
          byte(0x80 | (c & 63))};
}

TEST_CASE("every code point is read back, surrogates are not") {
  for (char32_t c = 0; c <= 0x10FFFF; ++c) {
    const std::string text = Encode(c) + "x";
    const Utf8Char found = DecodeUtf8(text);
    const bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
    const bool as_expected =
        is_surrogate ? !found.is_valid && found.size_bytes == 1
                     : found.is_valid && found.code_point == c && found.size_bytes == text.size() - 1;
    if (!as_expected) FAIL("code point " << static_cast<uint32_t>(c));
  }
}

TEST_CASE("bytes that are not UTF-8 are read one by one") {
  for (const std::string text :
       {"\x80", "\xbf", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3x", "\xe0\x80\x80", "\xe2\x82", "\xe2\x82x",
        "\xed\xa0\x80", "\xf0\x80\x80\x80", "\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"}) {
    CAPTURE(text);
    const Utf8Char c = DecodeUtf8(text);
    CHECK_FALSE(c.is_valid);
    CHECK(c.size_bytes == 1);
    CHECK(c.code_point == static_cast<unsigned char>(text[0]));
    CHECK_FALSE(c.is_control());
  }
}

TEST_CASE("code points are counted") {
  CHECK(CountUtf8("") == 0);
  CHECK(CountUtf8("caf\xc3\xa9") == 4);
  CHECK(CountUtf8("caf\xe9") == 4);
  CHECK(CountUtf8("\xf0\x9f\x98\x80") == 1);
}

TEST_CASE("a code point that is appended is decoded again") {
  for (const char32_t code_point :
       {0x0, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xFFFF, 0x10000, 0x10FFFF}) {
    std::string text;
    AppendUtf8(text, code_point);
    const Utf8Char character = DecodeUtf8(text);
    CHECK(character.is_valid);
    CHECK(character.code_point == code_point);
    CHECK(character.size_bytes == text.size());
  }
}

}  // namespace
}  // namespace mobilenet
