// Results go to standard output, each as soon as it is whole.
#pragma once

#include <string_view>

#include "src/report/terminal_style.h"

namespace mobilenet {

class StandardOutput {
 public:
  // Writes all of it before it returns. Throws OutputClosed, or Error where it cannot be written (disk full).
  void Write(std::string_view text);

  bool IsTerminal() const;
  // Of a terminal that shows emphasis, unless $NO_COLOR says no (no-color.org); else plain text of any width.
  TerminalStyle Style() const;
};

}  // namespace mobilenet
