// Blind changes of a text that a reader has to survive.
#pragma once

#include <random>
#include <string>

namespace mobilenet::test {

// Changes a character, takes some out, repeats a piece of the text, or writes a number into it. The text must
// not be empty.
void MutateText(std::string& text, std::mt19937& random);

}  // namespace mobilenet::test
