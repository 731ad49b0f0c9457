// The FILE.svg of --plot.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

// There whole or not at all. Replaces an SVG picture, and no other file; pipes and devices are written to.
// Throws Error.
void WritePlotFile(const std::string& path, std::string_view svg);

}  // namespace mobilenet
