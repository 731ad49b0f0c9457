// What was asked for is no fault of a file, but cannot be run: this precision of these weights, XNNPACK where
// there is none. Whoever tries several ways to run a model goes on with the next one.
#pragma once

#include "src/base/error.h"

namespace mobilenet {

class CannotRun : public Error {
 public:
  using Error::Error;
};

template <typename... Parts>
[[noreturn]] void FailToRun(const Parts&... parts) {
  throw CannotRun(StrCat(parts...));
}

}  // namespace mobilenet
