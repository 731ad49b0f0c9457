#include "src/report/terminal_text.h"

#include <charconv>

#include "src/base/utf8.h"

namespace mobilenet {
namespace {

std::string Visible(std::string_view text, std::string_view backslash) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8(text);
    const std::string_view bytes = text.substr(0, c.size_bytes);
    text.remove_prefix(c.size_bytes);
    if (c.code_point == '\\') {
      out += backslash;
    } else if (c.is_valid && !c.is_control() && !c.is_layout_control()) {
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

}  // namespace

std::string TerminalText(std::string_view text) {
  return Visible(text, "\\");
}

std::string EscapedText(std::string_view text) {
  return Visible(text, "\\\\");
}

std::optional<std::string> UnescapedText(std::string_view text) {
  const std::string_view original = text;
  std::string out;
  while (!text.empty()) {
    if (text[0] != '\\') {
      out += text[0];
      text.remove_prefix(1);
      continue;
    }
    if (text.size() < 2) return std::nullopt;
    size_t size = 2;
    switch (text[1]) {
      case '\\':
        out += '\\';
        break;
      case 'n':
        out += '\n';
        break;
      case 'r':
        out += '\r';
        break;
      case 't':
        out += '\t';
        break;
      default: {
        unsigned char byte = 0;
        if (text[1] != 'x' || text.size() < 4) return std::nullopt;
        const auto end = std::from_chars(text.data() + 2, text.data() + 4, byte, 16).ptr;
        if (end != text.data() + 4) return std::nullopt;
        out += static_cast<char>(byte);
        size = 4;
      }
    }
    text.remove_prefix(size);
  }
  if (EscapedText(out) != original) return std::nullopt;
  return out;
}

std::string WrappedText(std::string_view text, size_t indent, int columns) {
  std::string wrapped(text);
  if (columns <= 0) return wrapped;
  const auto width = static_cast<size_t>(columns);
  for (size_t begin = 0; wrapped.size() - begin > width;) {
    const size_t blank = wrapped.rfind(' ', begin + width);
    if (blank == wrapped.npos || blank <= begin + indent) break;  // a word that is longer than a line
    wrapped.replace(blank, 1, "\n" + std::string(indent, ' '));
    begin = blank + 1;
  }
  return wrapped;
}

}  // namespace mobilenet
