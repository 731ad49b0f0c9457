#include "test/fuzz/findings.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <sstream>
#include <stdexcept>

#include "test/support/files.h"

namespace mobilenet::test {
namespace {

Bytes FromHex(const std::string& text) {
  Bytes bytes;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.starts_with('#')) continue;
    line.erase(std::remove_if(line.begin(), line.end(), [](unsigned char c) { return std::isspace(c) != 0; }),
               line.end());
    for (size_t i = 0; i + 2 <= line.size(); i += 2) {
      bytes.push_back(static_cast<uint8_t>(std::stoi(line.substr(i, 2), nullptr, 16)));
    }
  }
  return bytes;
}

}  // namespace

std::vector<Finding> FindingsOf(std::string_view target) {
  const auto folder = std::filesystem::path(MOBILENET_SOURCE_DIR) / "test/fuzz/findings" / target;
  std::vector<Finding> findings;
  if (!std::filesystem::exists(folder)) return findings;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string text = ReadFileBytes(entry.path().string());
    const bool is_hex = entry.path().extension() == ".hex";
    findings.push_back({entry.path().stem().string(), is_hex ? FromHex(text) : FromText(text)});
  }
  return findings;
}

}  // namespace mobilenet::test
