#include "src/base/cpu_part.h"

#include "src/base/cpu_info.h"

namespace mobilenet {

long CpuPart(const std::string& root) {
  return ReadCpuInfo(SystemFiles(root)).last_part.value_or(0);
}

}  // namespace mobilenet
