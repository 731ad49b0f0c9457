// Half floats (IEEE 754 binary16) as 16 bits, of which not every CPU and compiler here has a type.
#pragma once

#include <cstdint>
#include <optional>

namespace mobilenet {

// The nearest half float, of two the even one; none where that would be infinite, or is not a number.
std::optional<uint16_t> HalfOf(float value);

// Exactly the half float's value.
float FloatOfHalf(uint16_t half);

}  // namespace mobilenet
