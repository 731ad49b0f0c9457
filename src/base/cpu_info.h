// What /proc/cpuinfo says about the cores.
#pragma once

#include <map>
#include <optional>
#include <string>

#include "src/base/system_files.h"

namespace mobilenet {

// From the line "Features", with the names that 64-bit and 32-bit systems use.
struct ArmFeatures {
  bool neon = false;
  bool fma = false;
  bool dot = false;   // dot product of 8-bit integers
  bool fp16 = false;  // arithmetic of half floats
  bool i8mm = false;  // matrix product of 8-bit integers
};

struct CpuInfo {
  std::map<int, std::string> core_types;  // "Cortex-A72", by core, for the cores that are listed
  // ARM's part number of the last core, which is one of the fast ones where cores differ.
  std::optional<int> last_part;
  std::optional<ArmFeatures> features;  // unknown on CPUs that are not ARM
};

CpuInfo ReadCpuInfo(const SystemFiles& files);

}  // namespace mobilenet
