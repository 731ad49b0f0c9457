// What is wrong or slow with a machine, and what to do about it.
#pragma once

#include <string>
#include <vector>

#include "src/base/machine.h"

namespace mobilenet {

// One sentence each.
std::vector<std::string> MachineFindings(const Machine& machine);

}  // namespace mobilenet
