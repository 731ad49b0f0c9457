// Results go to standard output, each as soon as it is whole.
#pragma once

#include <string_view>

namespace mobilenet {

class StandardOutput {
 public:
  // Writes all of it before it returns. Throws OutputClosed, or Error where it cannot be written (disk full).
  void Write(std::string_view text);

  bool IsTerminal() const;
};

}  // namespace mobilenet
