// Numbers as text: the same digits in every locale.
#pragma once

#include <cstdint>
#include <string>

namespace mobilenet {

// For people: "568,740,352".
std::string GroupedText(int64_t value);
// So many decimals: "12.30"; "-" for what is infinite or not a number.
std::string FixedText(double value, int decimals);
// Of a time for people: two decimals, three below 1 ms.
std::string MillisecondsText(double ms);
// As FixedText, without trailing zeros, and without a sign before zero: "12.3". Of finite numbers.
std::string ShortFixedText(double value, int decimals);
// So many significant digits: "0.913412", "1.2e-05". Of finite numbers.
std::string SignificantText(double value, int digits);
// As few digits as bring the same number back. Of finite numbers.
std::string ShortestText(double value);

}  // namespace mobilenet
