// The FILE.svg of --plot, the FILE.html of --report.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

// Checks that WritePlotFile will accept the name, for commands that work long before there is a plot. Throws
// Error.
void CheckPlotFile(const std::string& path);

// Writes it completely or not at all. Replaces an SVG picture, but no other file; pipes and devices are
// written to. Throws Error.
void WritePlotFile(const std::string& path, std::string_view svg);
// The same for a report of eval, which replaces an earlier one.
void WriteHtmlFile(const std::string& path, std::string_view html);

}  // namespace mobilenet
