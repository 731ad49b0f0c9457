#include "src/cli/standard_output.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "src/base/error.h"
#include "src/records/durable_write.h"

namespace mobilenet {

void StandardOutput::Write(std::string_view text) {
  const int error = WriteAll(STDOUT_FILENO, text);
  if (error == EPIPE) throw OutputClosed();
  if (error != 0) Fail("standard output: ", std::strerror(error), " (the results cannot be written)");
}

bool StandardOutput::IsTerminal() const {
  return ::isatty(STDOUT_FILENO) == 1;
}

}  // namespace mobilenet
