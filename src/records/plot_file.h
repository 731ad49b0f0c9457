// The FILE.svg of --plot, the FILE.html of --report.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

// Whether the name is one that WritePlotFile takes, for whoever works long before there is a plot. Throws
// Error.
void CheckPlotFile(const std::string& path);

// There whole or not at all. Replaces an SVG picture, and no other file; pipes and devices are written to.
// Throws Error.
void WritePlotFile(const std::string& path, std::string_view svg);
// The same of a report of eval, which replaces an earlier one.
void WriteHtmlFile(const std::string& path, std::string_view html);

}  // namespace mobilenet
