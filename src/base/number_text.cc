#include "src/base/number_text.h"

#include <charconv>
#include <cmath>
#include <cstddef>

namespace mobilenet {
namespace {

template <typename... Format>
std::string ToChars(double value, Format... format) {
  char buffer[400];  // the longest double in fixed notation has 309 digits before the point
  return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value, format...).ptr};
}

}  // namespace

std::string GroupedText(int64_t value) {
  std::string text = std::to_string(value);
  const ptrdiff_t first_digit = value < 0 ? 1 : 0;
  for (ptrdiff_t comma = static_cast<ptrdiff_t>(text.size()) - 3; comma > first_digit; comma -= 3) {
    text.insert(static_cast<size_t>(comma), 1, ',');
  }
  return text;
}

std::string FixedText(double value, int decimals) {
  return std::isfinite(value) ? ToChars(value, std::chars_format::fixed, decimals) : "-";
}

std::string ShortFixedText(double value, int decimals) {
  std::string text = FixedText(value, decimals);
  if (text.find('.') != text.npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return text == "-0" ? "0" : text;
}

std::string SignificantText(double value, int digits) {
  return ToChars(value, std::chars_format::general, digits);
}

std::string ShortestText(double value) {
  return ToChars(value);
}

std::string MillisecondsText(double ms) {
  return FixedText(ms, ms < 1 ? 3 : 2);
}

}  // namespace mobilenet
