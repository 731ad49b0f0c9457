#include "src/cli/error_output.h"

#include <iostream>

#include "src/report/terminal_text.h"

namespace mobilenet {

void PrintError(const std::string& message) {
  std::cerr << "mobilenet: " + TerminalText(message) + "\n" << std::flush;
}

void PrintNote(const std::string& lines) {
  std::cerr << lines << std::flush;
}

}  // namespace mobilenet
