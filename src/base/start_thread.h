// Starting a thread, which a limit may forbid.
#pragma once

#include <system_error>
#include <thread>
#include <utility>

#include "src/base/error.h"

namespace mobilenet {

// Throws Error if no more threads can be started.
template <typename Function>
std::thread StartThread(Function&& function) {
  try {
    return std::thread(std::forward<Function>(function));
  } catch (const std::system_error& error) {
    Fail("cannot start a thread: ", error.code().message(),
         " (ulimit -u or the container allows no more; use fewer: --threads, --decode-threads)");
  }
}

}  // namespace mobilenet
