// Reads one JSON value a line, as the program writes records, for the tests.
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "test/support/records.h"

namespace mobilenet::test {

inline std::vector<nlohmann::json> JsonLines(const std::string& text) {
  std::vector<nlohmann::json> values;
  for (const std::string& line : Lines(text)) values.push_back(nlohmann::json::parse(line));
  return values;
}

}  // namespace mobilenet::test
