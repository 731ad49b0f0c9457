#include "src/cli/standard_output.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
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

TerminalStyle StandardOutput::Style() const {
  TerminalStyle style;
  if (!IsTerminal()) return style;
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return std::string_view(value == nullptr ? "" : value);
  };
  style.has_emphasis =
      variable("NO_COLOR").empty() && !variable("TERM").empty() && variable("TERM") != "dumb";
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0) style.columns = size.ws_col;
  return style;
}

}  // namespace mobilenet
