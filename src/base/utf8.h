// UTF-8, read from bytes that may be anything: file names are bytes, not text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace mobilenet {

struct Utf8Char {
  char32_t code_point = 0;  // the byte's value if it is not part of valid UTF-8
  size_t size_bytes = 1;
  bool is_valid = false;

  // Control characters (C0, DEL, C1): some terminals act on them.
  bool is_control() const {
    return is_valid && (code_point < 0x20 || (code_point >= 0x7F && code_point < 0xA0));
  }
  // Line and paragraph separators, and the controls of writing direction: they break or reverse the text
  // beside them, so that one name looks like another.
  bool is_layout_control() const {
    return is_valid && ((code_point >= 0x2028 && code_point <= 0x202E) ||
                        (code_point >= 0x2066 && code_point <= 0x2069) || code_point == 0x200E ||
                        code_point == 0x200F || code_point == 0x061C);
  }
};

// The first character of `text`, which is not empty. Valid as in RFC 3629: no overlong forms, no surrogates,
// nothing above U+10FFFF.
Utf8Char DecodeUtf8(std::string_view text);

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

// Removes the byte order mark (U+FEFF) that Windows editors put at the beginning.
void RemoveByteOrderMark(std::string& text);

// Appends a code point that is not a surrogate and not above U+10FFFF.
void AppendUtf8(std::string& out, char32_t code_point);

// Code points, counting each invalid byte as one: the columns that text in Latin script takes.
size_t CountUtf8(std::string_view text);

}  // namespace mobilenet
