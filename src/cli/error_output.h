// What goes wrong is said on standard error.
#pragma once

#include <string>

namespace mobilenet {

// "mobilenet: message" on one line. Paths and what files say of themselves may hold anything: control
// characters and bytes that are not UTF-8 are made visible.
void PrintError(const std::string& message);

// Other lines for people, as they are.
void PrintNote(const std::string& lines);

}  // namespace mobilenet
