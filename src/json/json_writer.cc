#include "src/json/json_writer.h"

#include <cmath>

#include "src/base/number_text.h"
#include "src/base/utf8.h"

namespace mobilenet {
namespace {

// \uNNNN; only for code points below 0x10000.
void AppendEscape(std::string& out, char32_t code_point) {
  constexpr char kHex[] = "0123456789abcdef";
  out += "\\u";
  for (int shift = 12; shift >= 0; shift -= 4) out += kHex[code_point >> shift & 15];
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
  Raw(ShortFixedText(value, decimals));
}

void JsonWriter::Significant(double value, int digits) {
  if (!std::isfinite(value)) return Null();
  Raw(SignificantText(value, digits));
}

void JsonWriter::ShapeArray(const Shape& shape) {
  BeginArray();
  for (const int64_t extent : shape) Integer(extent);
  EndArray();
}

void JsonWriter::Value(const Json& json) {
  if (json.is_array()) {
    BeginArray();
    for (const Json& element : json.elements) Value(element);
    EndArray();
  } else if (json.is_object()) {
    BeginObject();
    for (size_t i = 0; i < json.keys.size(); ++i) {
      Key(json.keys[i]);
      Value(json.elements[i]);
    }
    EndObject();
  } else if (const std::string* text = json.String()) {
    String(*text);
  } else if (const bool* boolean = json.Boolean()) {
    Boolean(*boolean);
  } else if (const int64_t* integer = json.Integer()) {
    Integer(*integer);
  } else if (const auto number = json.Number()) {
    Raw(*number == 0 ? "0" : ShortestText(*number));
  } else {
    Null();
  }
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
