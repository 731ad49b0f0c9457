// Text from outside (paths, labels, messages that hold them) made safe to print on a terminal, on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mobilenet {

// Control characters, those of the direction of writing and of line ends among them, and bytes that are not
// UTF-8 as \n, \r, \t or \xNN (their bytes in hexadecimal), a backslash as itself: for reading, not for
// parsing.
std::string TerminalText(std::string_view text);

// The same with a backslash as two, so that it can be undone: what `printf %b` prints of it are the bytes of
// `text`.
std::string EscapedText(std::string_view text);

// The bytes that EscapedText made this of; none if it did not make it.
std::optional<std::string> UnescapedText(std::string_view text);

}  // namespace mobilenet
