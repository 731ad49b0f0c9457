// mobilenet --version: what was built and what it runs on.
#pragma once

#include <string>

namespace mobilenet {

// "GCC 12.2.0"
std::string CompilerText();

// Several lines: version, compiler, XNNPACK generation, and the instruction set levels compiled in, detected
// and chosen.
std::string VersionText();

}  // namespace mobilenet
