// ClassifyRow for people, on a terminal.
#pragma once

#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// The path as EscapedText and the picture's size, a line a prediction, the times, and the table of row.layers
// if there are any; for a row with an error its message.
std::string TextReport(const ClassifyRow& row);

}  // namespace mobilenet
