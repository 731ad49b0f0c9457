// Errors that a user sees: one sentence "what: what is wrong (what would be right)", lower case, no full
// stop. Thrown by every level, caught and printed only by src/cli. Programming mistakes are asserts instead.
#pragma once

#include <stdexcept>

#include "src/base/str_cat.h"

namespace mobilenet {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

template <typename... Parts>
[[noreturn]] void Fail(const Parts&... parts) {
  throw Error(StrCat(parts...));
}

}  // namespace mobilenet
