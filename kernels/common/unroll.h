// Loops that are unrolled whatever the compiler prefers: their arrays become registers.
#pragma once

#include <type_traits>
#include <utility>

namespace mobilenet {
namespace {  // files are compiled for different CPUs: the linker must not take one's code for another's

// body(0), body(1), ... body(kCount - 1), each index a constant.
template <int kCount, typename Body>
[[gnu::always_inline]] inline void Unroll(const Body& body) {
  [&]<int... kIndices>(std::integer_sequence<int, kIndices...>) __attribute__((always_inline)) {
    (body(std::integral_constant<int, kIndices>()), ...);
  }
  (std::make_integer_sequence<int, kCount>());
}

// The pointer, hidden from the compiler, which does not know that it is the same: what it points to is loaded
// again instead of copied from a register, where loads are free and copies take the place of arithmetic.
template <typename T>
[[gnu::always_inline]] inline const T* ReadAgain(const T* pointer) {
  asm volatile("" : "+r"(pointer));  // volatile: not the same as the one before
  return pointer;
}

// The compiler moves nothing across: it does not begin more at once than the registers hold.
[[gnu::always_inline]] inline void KeepOrder() {
  asm volatile("");
}

}  // namespace
}  // namespace mobilenet
