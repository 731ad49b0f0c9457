#include "src/base/board.h"

#include <fstream>

namespace mobilenet {

std::string BoardName(const std::string& root) {
  for (const char* file : {"/proc/device-tree/model", "/sys/class/dmi/id/product_name"}) {
    std::ifstream in(root + file);
    // A device tree's strings end with a zero, the files of /sys with a newline.
    std::string name;
    if (!std::getline(in, name)) continue;
    name.resize(name.find_last_not_of(std::string("\0 ", 2)) + 1);
    if (!name.empty()) return name;
  }
  return "unknown";
}

}  // namespace mobilenet
