// Writes JSON on one line, piece by piece, in the order of the calls. ASCII control characters never reach
// the output raw. Two cases that JSON itself leaves open:
// - Numbers that are infinite or not a number become null.
// - A byte b that is not part of valid UTF-8 (a file name in Latin-1) becomes the escape of U+DC00 + b:
// \udc80 to
//   \udcff. Python's json.loads reads it, and os.fsencode of the result gives the same bytes back (PEP 383,
//   "surrogateescape"), as our own reader does (json.h). No valid text has these escapes, so nothing else is
//   written so.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "src/base/tensor.h"
#include "src/json/json.h"

namespace mobilenet {

class JsonWriter {
 public:
  void BeginObject() { Open('{'); }
  void EndObject() { Close('}'); }
  void BeginArray() { Open('['); }
  void EndArray() { Close(']'); }
  // The name of the value that comes next.
  void Key(std::string_view name);

  void Null() { Raw("null"); }
  void Boolean(bool value) { Raw(value ? "true" : "false"); }
  void String(std::string_view text);
  void Integer(int64_t value);
  // Rounded to that many decimals, without trailing zeros: 12.3.
  void Fixed(double value, int decimals);
  // Rounded to that many significant digits: 0.913412, 1.2e-05.
  void Significant(double value, int digits);
  void ShapeArray(const Shape& shape);
  // A tree as read by json.h; numbers with as many digits as they need.
  void Value(const Json& json);

  // A member of an object: its name and its value, as above. Without a value it is null.
  void Boolean(std::string_view key, std::optional<bool> value);
  void String(std::string_view key, std::string_view text);
  void OptionalString(std::string_view key, const std::optional<std::string>& text);
  void Integer(std::string_view key, std::optional<int64_t> value);
  void Fixed(std::string_view key, double value, int decimals);
  void Significant(std::string_view key, double value, int digits);
  void ShapeArray(std::string_view key, const Shape& shape);

  // The text so far.
  const std::string& text() const { return text_; }

 private:
  void Open(char bracket);
  void Close(char bracket);
  void Raw(std::string_view value);
  void Separate();

  std::string text_;
  bool needs_comma_ = false;
};

}  // namespace mobilenet
