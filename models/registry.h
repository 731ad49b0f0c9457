// The networks that have a name. A network is one file, models/NAME.cc, and one row here.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "models/network.h"

namespace mobilenet {

struct NetworkSize {
  double width_multiplier = 1.0;
  int resolution = 224;  // pixels; the input is [resolution, resolution, channels of the row]
  int classes = 1000;
};

// The layers of a size that MakeNetwork has checked against the row's rules.
using NetworkFunction = Network(const NetworkSize& size);

NetworkFunction MobileNetV1, MobileNetV2, EfficientNetLite0, EfficientNetLite1, EfficientNetLite2,
    EfficientNetLite3, EfficientNetLite4;

// What MakeNetwork and model files accept.
inline constexpr int kMinResolution = 32;
inline constexpr int kMaxResolution = 2048;
inline constexpr int kMaxClasses = 400'000;  // a label each in a model file: fewer than kMaxJsonValues
inline constexpr double kMaxWidthMultiplier = 16.0;

struct Architecture {
  std::string_view name;
  NetworkFunction* make;
  int default_resolution = 224;
  int resolution_step = 1;  // what the resolution must be a multiple of
  bool has_widths = true;   // else the width multiplier is 1
  int min_resolution = kMinResolution;
  int channels = 3;  // of the input; 1: grey
};

inline constexpr Architecture kArchitectures[] = {
    {"mobilenet_v1", MobileNetV1, 224, 32},
    {"mobilenet_v2", MobileNetV2, 224},
    {"efficientnet_lite0", EfficientNetLite0, 224, 1, false},
    {"efficientnet_lite1", EfficientNetLite1, 240, 1, false},
    {"efficientnet_lite2", EfficientNetLite2, 260, 1, false},
    {"efficientnet_lite3", EfficientNetLite3, 280, 1, false},
    {"efficientnet_lite4", EfficientNetLite4, 300, 1, false},
};

// "mobilenet_v1, ...", for messages and help.
std::string ArchitectureNames(std::string_view separator = ", ");

// The row of that name. Throws Error if there is none.
const Architecture& FindArchitecture(std::string_view name);

// The network of that name. Throws Error for an unknown name, or a size outside its row's rules and the
// limits above.
Network MakeNetwork(std::string_view architecture, const NetworkSize& size);
Network MakeNetwork(std::string_view architecture, double width_multiplier, int resolution, int classes);

}  // namespace mobilenet
