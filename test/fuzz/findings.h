// Inputs that once made a target fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "test/image/bytes.h"

namespace mobilenet::test {

struct Finding {
  std::string name;
  Bytes input;
};

// The files in findings/TARGET: NAME.txt as it is; NAME.hex is hexadecimal, with lines that begin with # to
// say what it was.
std::vector<Finding> FindingsOf(std::string_view target);

}  // namespace mobilenet::test
