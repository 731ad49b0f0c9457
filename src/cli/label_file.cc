#include "src/cli/label_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "src/base/error.h"

namespace mobilenet {

std::vector<std::string> ReadLabels(const std::string& path, int classes) {
  std::ifstream in(path);
  std::vector<std::string> labels;
  if (!in) Fail(path, ": cannot read the labels: ", std::strerror(errno));
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(line);
    if (labels.size() > 1'000'000) break;  // not a list of labels
  }
  if (labels.size() != static_cast<size_t>(classes)) {
    Fail(path, ": ", labels.size(), " labels (the model has ", classes, " classes, one line each)");
  }
  return labels;
}

}  // namespace mobilenet
