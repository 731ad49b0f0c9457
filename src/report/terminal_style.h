// What a terminal adds to text: emphasis, and how much fits on a line. Emphasis never carries information by
// itself.
#pragma once

#include <string>

#include "src/base/str_cat.h"

namespace mobilenet {

struct TerminalStyle {
  bool has_emphasis = false;  // by ANSI escape sequences that suit light and dark backgrounds
  int columns = 0;            // of the terminal; 0: as many as needed
};

inline std::string Bold(const std::string& text, const TerminalStyle& style) {
  return style.has_emphasis ? StrCat("\033[1m", text, "\033[0m") : text;
}

}  // namespace mobilenet
