// Which parts of this program run on this machine.
#pragma once

#include <string>
#include <vector>

#include "kernels/common/isa.h"
#include "src/report/doctor.h"

namespace mobilenet {

// "aarch64", "armv7", "x86-64".
std::string ProgramArchitecture();

// With native kernels up to `isa`, on cores of that part (base/cpu_part.h); without the program's version and
// the default model. Problems are added to the findings.
ProgramRow DescribeProgram(Isa isa, long cpu_part, std::vector<std::string>& findings);

}  // namespace mobilenet
