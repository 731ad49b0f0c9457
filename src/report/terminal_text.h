// Text from outside (paths, labels, messages with them) made safe to print on a terminal, on one line.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mobilenet {

// Control characters, including those for writing direction and line ends, and bytes that are not UTF-8
// become \n, \r, \t or \xNN (their bytes in hexadecimal); a backslash stays as it is: for reading, not for
// parsing.
std::string TerminalText(std::string_view text);

// The same with each backslash doubled, so that it can be undone: `printf %b` prints the bytes of `text`
// again.
std::string EscapedText(std::string_view text);

// The bytes that EscapedText made this from; none if it did not make it.
std::optional<std::string> UnescapedText(std::string_view text);

// A line broken at blanks, so that it fits a terminal of so many columns (0: any width); the lines after the
// first begin with `indent` blanks.
std::string WrappedText(std::string_view text, size_t indent, int columns);

}  // namespace mobilenet
