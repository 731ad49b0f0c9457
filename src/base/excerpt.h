// Text from a file, shortened for a message, so that the message stays one line whatever the file holds.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

// The text itself, or about its first 80 bytes (whole UTF-8 sequences) and "...".
inline std::string Excerpt(std::string_view text) {
  constexpr size_t kMaxBytes = 80;
  if (text.size() <= kMaxBytes) return std::string(text);
  size_t end = kMaxBytes;
  while (end > kMaxBytes - 4 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return std::string(text.substr(0, end)) + "...";
}

}  // namespace mobilenet
