#include "src/cli/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/error.h"

namespace mobilenet {

void StandardOutput::Write(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno == EPIPE) {
      throw OutputClosed();
    } else if (errno != EINTR) {
      Fail("standard output: ", std::strerror(errno), " (the results cannot be written)");
    }
  }
}

bool StandardOutput::IsTerminal() const {
  return ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace mobilenet
