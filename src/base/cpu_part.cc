#include "src/base/cpu_part.h"

#include <cstdlib>
#include <fstream>

namespace mobilenet {

long CpuPart(const std::string& root) {
  std::ifstream in(root + "/proc/cpuinfo");
  long part = 0;
  for (std::string line; std::getline(in, line);) {
    const size_t colon = line.find(':');
    if (!line.starts_with("CPU part") || colon == std::string::npos) continue;
    part = std::strtol(line.c_str() + colon + 1, nullptr, 16);
  }
  return part;
}

}  // namespace mobilenet
