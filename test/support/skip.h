// For tests of what a machine may lack: skipped by name and with the reason, never silently. ctest reports a
// test as skipped if it prints "SKIPPED: ".
#pragma once

#include <string>

namespace mobilenet::test {

// Prints "SKIPPED: reason"; the caller returns. With CI=true in the environment, nothing may be missing:
// fails instead.
void Skip(const std::string& reason);

// The folder ../shared beside the checkout (real weights, photographs, reference answers) with its final
// slash, or "" after Skip(): `const std::string shared = SharedFolder(); if (shared.empty()) return;`
std::string SharedFolder();

}  // namespace mobilenet::test
