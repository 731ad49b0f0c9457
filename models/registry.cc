#include "models/registry.h"

#include "src/base/error.h"
#include "src/base/str_cat.h"

namespace mobilenet {

std::string ArchitectureNames() {
  return StrJoin(kArchitectures, ", ", [](const Architecture& architecture) { return architecture.name; });
}

const Architecture& FindArchitecture(std::string_view name) {
  for (const Architecture& architecture : kArchitectures) {
    if (architecture.name == name) return architecture;
  }
  Fail("unknown architecture ", name, " (known: ", ArchitectureNames(), ")");
}

Network MakeNetwork(std::string_view name, const NetworkSize& size) {
  const Architecture& architecture = FindArchitecture(name);
  const auto [width_multiplier, resolution, classes] = size;
  // Written so that NaN fails, too.
  if (!(width_multiplier > 0 && width_multiplier <= kMaxWidthMultiplier)) {
    Fail("width multiplier ", width_multiplier, " (more than 0, at most ", kMaxWidthMultiplier, ")");
  }
  if (!architecture.has_widths && width_multiplier != 1.0) {
    Fail("width multiplier ", width_multiplier, " (", name, " has only 1.0)");
  }
  const int min_resolution = architecture.min_resolution;
  if (resolution < min_resolution || resolution > kMaxResolution ||
      resolution % architecture.resolution_step != 0) {
    const std::string step = architecture.resolution_step == 1
                                 ? ""
                                 : StrCat("a multiple of ", architecture.resolution_step, " in ");
    Fail("resolution ", resolution, " (", step, min_resolution, "...", kMaxResolution, ")");
  }
  if (classes < 1 || classes > kMaxClasses) Fail(classes, " classes (1...", kMaxClasses, ")");
  Network network = architecture.make(size);
  network.architecture = name;
  network.width_multiplier = width_multiplier;
  return network;
}

Network MakeNetwork(std::string_view architecture, double width_multiplier, int resolution, int classes) {
  return MakeNetwork(architecture, NetworkSize{width_multiplier, resolution, classes});
}

}  // namespace mobilenet
