// A file of names for the classes, instead of the model file's.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

struct LabelFile {
  std::vector<std::string> labels;  // one per class
  std::string sha256;               // of the file's bytes
};

// One label per line, for exactly this many classes; a byte order mark before the first is ignored. The file
// is read once, so it may be a pipe, and only as much of it is kept as the labels are long. Throws Error.
LabelFile ReadLabels(const std::string& path, int classes);

}  // namespace mobilenet
