// Reads what the program wrote, for the tests.
#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "test/support/small_model.h"

namespace mobilenet::test {

inline std::vector<std::string> Lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

// `mobilenet classify` with the small model on one thread, as in all these tests.
inline std::vector<std::string> Classify(const SmallModel& small, const std::vector<std::string>& arguments) {
  std::vector<std::string> all = {"classify", "--threads", "1", "--model", small.model()};
  all.insert(all.end(), arguments.begin(), arguments.end());
  return all;
}

// The first cell of every line of CSV after the header, for paths that need no quotes.
inline std::vector<std::string> CsvPaths(const std::string& csv) {
  std::vector<std::string> lines = Lines(csv);
  if (!lines.empty()) lines.erase(lines.begin());
  for (std::string& line : lines) line = line.substr(0, line.find(','));
  return lines;
}

}  // namespace mobilenet::test
