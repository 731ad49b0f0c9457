// Errors that a user sees: one sentence "what: what is wrong (what would be right)", lower case, no full
// stop. Thrown by every level, caught and printed only by src/cli. Programming mistakes are asserts instead.
#pragma once

#include <sstream>
#include <stdexcept>
#include <string>

namespace mobilenet {

class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The parts as one string, each written as operator<< does.
template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

template <typename... Parts>
[[noreturn]] void Fail(const Parts&... parts) {
  throw Error(StrCat(parts...));
}

}  // namespace mobilenet
