// A network: its layers in the order of the forward pass, with all shapes known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "models/layer.h"

namespace mobilenet {

struct Network {
  std::string architecture;  // "mobilenet_v1"
  double width_multiplier = 1.0;
  int resolution = 224;  // pixels; the input is [resolution, resolution, 3]
  int classes = 1000;
  std::vector<Layer> layers;  // each reads what the one before it wrote
};

int64_t MultAdds(const Network& network);
int64_t Parameters(const Network& network);
int64_t Biases(const Network& network);

// What MakeNetwork accepts.
inline constexpr int kMaxResolution = 2048;
inline constexpr int kMaxClasses = 1'000'000;
inline constexpr double kMaxWidthMultiplier = 16.0;

// The names MakeNetwork knows, for messages and help: "mobilenet_v1".
std::vector<std::string> ArchitectureNames();

// The network of that name. Throws Error for an unknown name, a width multiplier outside (0, 16], a
// resolution that is not a multiple of 32 in 32...2048, or a class count outside 1...1000000.
Network MakeNetwork(std::string_view architecture, double width_multiplier, int resolution, int classes);

}  // namespace mobilenet
