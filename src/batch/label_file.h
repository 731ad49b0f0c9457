// A file of names for the classes, instead of the model file's.
#pragma once

#include <string>
#include <vector>

namespace mobilenet {

// One a line, for exactly so many classes. Throws Error.
std::vector<std::string> ReadLabels(const std::string& path, int classes);

}  // namespace mobilenet
