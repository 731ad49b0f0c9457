// A number from text, which must be all of it, read in the same way in every locale. `format` is what
// std::from_chars takes, such as the base of whole numbers.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>
#include <system_error>

namespace mobilenet {

template <typename Number, typename... Format>
std::optional<Number> ParseNumber(std::string_view text, Format... format) {
  Number number{};
  const auto end = std::from_chars(text.data(), text.data() + text.size(), number, format...);
  if (end.ec != std::errc() || end.ptr != text.data() + text.size()) return std::nullopt;
  return number;
}

// The same, for numbers in min...max.
inline std::optional<int64_t> ParseNumberWithin(std::string_view text, int64_t min, int64_t max,
                                                int base = 10) {
  const auto number = ParseNumber<int64_t>(text, base);
  if (!number || *number < min || *number > max) return std::nullopt;
  return number;
}

}  // namespace mobilenet
