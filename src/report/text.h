// ClassifyRow for people, on a terminal.
#pragma once

#include <string>
#include <string_view>

#include "src/report/rows.h"
#include "src/report/terminal_style.h"

namespace mobilenet {

// The path as EscapedText, the picture's size and, if given, the model's name, one line per prediction, the
// times, and the table of row.layers if there are any; for a row with an error its message.
std::string TextReport(const ClassifyRow& row, std::string_view model = {}, const TerminalStyle& style = {});

}  // namespace mobilenet
