// Errors are reported on standard error.
#pragma once

#include <string>

namespace mobilenet {

// "mobilenet: message" on one line. Paths, and text from files, may contain anything: control characters and
// bytes that are not UTF-8 are made visible.
void PrintError(const std::string& message);

// Other lines for people, unchanged.
void PrintNote(const std::string& lines);

}  // namespace mobilenet
