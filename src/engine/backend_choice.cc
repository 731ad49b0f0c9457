#include "src/engine/backend_choice.h"

#include <variant>

#include "src/base/cpu_part.h"

namespace mobilenet {

bool NativeIsFaster(const Layer& layer, DataType type, long cpu_part) {
#if defined(__aarch64__)
  const bool is_depthwise = std::holds_alternative<Depthwise3x3>(layer.op);
  const bool is_conv3x3 = std::holds_alternative<Conv3x3>(layer.op);
  switch (type) {
    case DataType::kF32:
      return true;
    case DataType::kU8:
      if (cpu_part == kCortexA72) return !is_conv3x3;
      return is_depthwise && (cpu_part == kCortexA53 || cpu_part == kCortexA76);
    case DataType::kS8:
      if (cpu_part == kCortexA72) return is_conv3x3;
      return cpu_part == kCortexA53 && !is_conv3x3;
    case DataType::kS32:
      break;
  }
#else
  (void)layer, (void)type, (void)cpu_part;
#endif
  return false;
}

}  // namespace mobilenet
