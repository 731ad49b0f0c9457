// Text from outside within XML and HTML.
#pragma once

#include <string>
#include <string_view>

namespace mobilenet {

// Like TerminalText, with nothing in it that XML or HTML would take for its own, in text as well as in an
// attribute.
std::string XmlText(std::string_view text);

}  // namespace mobilenet
