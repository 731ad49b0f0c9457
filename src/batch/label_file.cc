#include "src/batch/label_file.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>

#include "src/base/error.h"

namespace mobilenet {

std::vector<std::string> ReadLabels(const std::string& path, int classes) {
  constexpr size_t kMaxBytes = 64 << 20;  // of a device, or another file that is no list of labels
  errno = 0;
  std::ifstream in(path);
  std::string text;
  for (char chunk[1 << 16]; in && text.size() <= kMaxBytes;) {
    in.read(chunk, sizeof chunk);
    text.append(chunk, static_cast<size_t>(in.gcount()));
  }
  if (in.bad() || errno != 0) Fail(path, ": cannot read the labels: ", std::strerror(errno));
  if (text.size() > kMaxBytes)
    Fail(path, ": more than ", kMaxBytes >> 20, " MiB (a list of labels was expected)");

  std::vector<std::string> labels;
  std::istringstream lines(std::move(text));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    labels.push_back(std::move(line));
  }
  if (labels.size() != static_cast<size_t>(classes)) {
    Fail(path, ": ", labels.size(), " labels (the model has ", classes, " classes, one line each)");
  }
  return labels;
}

}  // namespace mobilenet
