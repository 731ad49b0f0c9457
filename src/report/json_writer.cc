#include "src/report/json_writer.h"

#include <charconv>
#include <cmath>

#include "src/report/utf8.h"

namespace mobilenet {
namespace {

// \uNNNN; only for code points below 0x10000.
void AppendEscape(std::string& out, char32_t code_point) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code_point >> shift & 15];
}

// std::to_chars: the same digits in every locale.
std::string NumberText(double value, std::chars_format format, int precision) {
  char buffer[400];  // the longest double in fixed notation has 309 digits before the point
  const auto result = std::to_chars(buffer, buffer + sizeof buffer, value, format, precision);
  return {buffer, result.ptr};
}

}  // namespace

void JsonWriter::Key(std::string_view name) {
  String(name);
  text_ += ": ";
  needs_comma_ = false;
}

void JsonWriter::String(std::string_view text) {
  Separate();
  text_ += '"';
  while (!text.empty()) {
    const Utf8Char c = DecodeUtf8(text);
    if (!c.is_valid) {
      AppendEscape(text_, 0xDC00 + c.code_point);
    } else if (c.code_point == '"' || c.code_point == '\\') {
      text_ += '\\';
      text_ += text[0];
    } else if (c.code_point == '\n') {
      text_ += "\\n";
    } else if (c.code_point == '\t') {
      text_ += "\\t";
    } else if (c.is_control()) {
      AppendEscape(text_, c.code_point);
    } else {
      text_ += text.substr(0, c.size_bytes);
    }
    text.remove_prefix(c.size_bytes);
  }
  text_ += '"';
  needs_comma_ = true;
}

void JsonWriter::Integer(int64_t value) {
  Raw(std::to_string(value));
}

void JsonWriter::Fixed(double value, int decimals) {
  if (!std::isfinite(value)) return Null();
  std::string text = NumberText(value, std::chars_format::fixed, decimals);
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  Raw(text == "-0" ? "0" : text);
}

void JsonWriter::Significant(double value, int digits) {
  if (!std::isfinite(value)) return Null();
  Raw(NumberText(value, std::chars_format::general, digits));
}

void JsonWriter::ShapeArray(const Shape& shape) {
  BeginArray();
  for (const int64_t extent : shape) Integer(extent);
  EndArray();
}

void JsonWriter::Boolean(std::string_view key, std::optional<bool> value) {
  Key(key);
  value ? Boolean(*value) : Null();
}

void JsonWriter::String(std::string_view key, std::string_view text) {
  Key(key);
  String(text);
}

void JsonWriter::OptionalString(std::string_view key, const std::optional<std::string>& text) {
  Key(key);
  text ? String(*text) : Null();
}

void JsonWriter::Integer(std::string_view key, std::optional<int64_t> value) {
  Key(key);
  value ? Integer(*value) : Null();
}

void JsonWriter::Fixed(std::string_view key, double value, int decimals) {
  Key(key);
  Fixed(value, decimals);
}

void JsonWriter::Significant(std::string_view key, double value, int digits) {
  Key(key);
  Significant(value, digits);
}

void JsonWriter::ShapeArray(std::string_view key, const Shape& shape) {
  Key(key);
  ShapeArray(shape);
}

void JsonWriter::Open(char bracket) {
  Separate();
  text_ += bracket;
  needs_comma_ = false;
}

void JsonWriter::Close(char bracket) {
  text_ += bracket;
  needs_comma_ = true;
}

void JsonWriter::Raw(std::string_view value) {
  Separate();
  text_ += value;
  needs_comma_ = true;
}

void JsonWriter::Separate() {
  if (needs_comma_) text_ += ", ";
}

}  // namespace mobilenet
