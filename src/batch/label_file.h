// A file of names for the classes, instead of the model file's.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

struct LabelFile {
  std::vector<std::string> labels;  // one a class
  std::string sha256;               // of the file's bytes
};

// One label a line, for exactly so many classes; a byte order mark before the first is no part of it. The
// file is read once, so it may be a pipe, and no more of it is kept than the labels are long. Throws Error.
LabelFile ReadLabels(const std::string& path, int classes);

}  // namespace mobilenet
