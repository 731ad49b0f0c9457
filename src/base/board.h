// Which machine this is.
#pragma once

#include <string>

namespace mobilenet {

// "Raspberry Pi 4 Model B Rev 1.4" from the device tree, a PC's product name, else "unknown". `root` stands
// for / in tests.
std::string BoardName(const std::string& root = "");

}  // namespace mobilenet
