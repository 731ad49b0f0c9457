// A request that is no file's fault but cannot be run: this precision with these weights, XNNPACK where there
// is none. Callers that try several ways to run a model go on with the next one.
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
