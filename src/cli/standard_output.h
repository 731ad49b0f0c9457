// Results go to standard output, each as soon as it is whole.
#pragma once

#include <exception>
#include <string_view>

namespace mobilenet {

// The reader has closed its end; there is nobody to write for.
class OutputClosed : public std::exception {};

class StandardOutput {
 public:
  // Writes all of it before it returns. Throws OutputClosed, or Error where it cannot be written (disk full).
  void Write(std::string_view text);

  bool IsTerminal() const;
};

}  // namespace mobilenet
