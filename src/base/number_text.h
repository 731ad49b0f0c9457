// Numbers as text: the same digits in every locale.
#pragma once

#include <cstdint>
#include <string>

namespace mobilenet {

// A count in millions, or bytes in megabytes.
inline double Millions(int64_t count) {
  return static_cast<double>(count) / 1e6;
}
// For people: "568,740,352".
std::string GroupedText(int64_t value);
// With this many decimals: "12.30"; "-" for what is infinite or not a number.
std::string FixedText(double value, int decimals);
// A time for people: two decimals, three below 1 ms.
std::string MillisecondsText(double ms);
// Like FixedText, but without trailing zeros, and without a sign before zero: "12.3". For finite numbers.
std::string ShortFixedText(double value, int decimals);
// With this many significant digits: "0.913412", "1.2e-05". For finite numbers.
std::string SignificantText(double value, int digits);
// As few digits as give the same number back when read. For finite numbers.
std::string ShortestText(double value);

}  // namespace mobilenet
