// Half floats (IEEE 754 binary16) as 16 bits, since not every CPU and compiler here has a type for them.
#pragma once

#include <cstdint>
#include <optional>

namespace mobilenet {

// The nearest half float, ties to even; none if that would be infinite, or if the value is not a number.
std::optional<uint16_t> HalfOf(float value);

// The half float's exact value.
float FloatOfHalf(uint16_t half);

}  // namespace mobilenet
