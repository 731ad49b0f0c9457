#include "models/network.h"

#include "models/mobilenet_v1.h"
#include "src/base/error.h"

namespace mobilenet {
namespace {

struct Architecture {
  std::string_view name;
  Network (*make)(double width_multiplier, int resolution, int classes);
};

constexpr Architecture kArchitectures[] = {
    {"mobilenet_v1", MobileNetV1},
};

template <typename Count>
int64_t Sum(const Network& network, Count count) {
  int64_t sum = 0;
  for (const Layer& layer : network.layers) sum += count(layer);
  return sum;
}

}  // namespace

int64_t MultAdds(const Network& network) {
  return Sum(network, [](const Layer& layer) { return MultAdds(layer); });
}

int64_t Parameters(const Network& network) {
  return Sum(network, [](const Layer& layer) { return Parameters(layer); });
}

int64_t Biases(const Network& network) {
  return Sum(network, [](const Layer& layer) { return Biases(layer); });
}

std::vector<std::string> ArchitectureNames() {
  std::vector<std::string> names;
  for (const Architecture& architecture : kArchitectures) names.emplace_back(architecture.name);
  return names;
}

Network MakeNetwork(std::string_view architecture, double width_multiplier, int resolution, int classes) {
  std::string known;
  for (const Architecture& candidate : kArchitectures) {
    if (candidate.name != architecture) {
      known += (known.empty() ? "" : ", ") + std::string(candidate.name);
      continue;
    }
    // Written so that NaN fails too.
    if (!(width_multiplier > 0 && width_multiplier <= kMaxWidthMultiplier)) {
      Fail("width multiplier ", width_multiplier, " (more than 0, at most ", kMaxWidthMultiplier, ")");
    }
    if (resolution < 32 || resolution > kMaxResolution || resolution % 32 != 0) {
      Fail("resolution ", resolution, " (a multiple of 32 in 32...", kMaxResolution, ")");
    }
    if (classes < 1 || classes > kMaxClasses) Fail(classes, " classes (1...", kMaxClasses, ")");
    return candidate.make(width_multiplier, resolution, classes);
  }
  Fail("unknown architecture ", architecture, " (known: ", known, ")");
}

}  // namespace mobilenet
