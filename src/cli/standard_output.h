// Results go to standard output, each as soon as it is complete.
#pragma once

#include <string_view>

#include "src/report/terminal_style.h"

namespace mobilenet {

class StandardOutput {
 public:
  // Returns once everything is written. Throws OutputClosed, or Error if writing fails (disk full).
  void Write(std::string_view text);

  bool IsTerminal() const;
  // With emphasis on a terminal, unless $NO_COLOR is set (no-color.org); otherwise plain text of any width.
  TerminalStyle Style() const;
};

}  // namespace mobilenet
