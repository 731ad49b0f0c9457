#include "src/report/terminal_text.h"

#include "src/report/utf8.h"

namespace mobilenet {

std::string TerminalText(std::string_view text) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8(text);
    const std::string_view bytes = text.substr(0, c.size_bytes);
    text.remove_prefix(c.size_bytes);
    if (c.is_valid && !c.is_control()) {
      out += bytes;
    } else if (c.code_point == '\n') {
      out += "\\n";
    } else if (c.code_point == '\r') {
      out += "\\r";
    } else if (c.code_point == '\t') {
      out += "\\t";
    } else {
      for (const char byte : bytes) {
        out += "\\x";
        out += kHex[static_cast<unsigned char>(byte) >> 4];
        out += kHex[static_cast<unsigned char>(byte) & 15];
      }
    }
  }
  return out;
}

}  // namespace mobilenet
