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

// Makes the layers for a size that MakeNetwork has checked against the row's rules.
using NetworkFunction = Network(const NetworkSize& size);

NetworkFunction MobileNetV1, MobileNetV1Standard, MobileNetV1Shallow, MobileNetV2, EfficientNetLite0,
    EfficientNetLite1, EfficientNetLite2, EfficientNetLite3, EfficientNetLite4, LeNet5, AlexNet,
    TorchvisionAlexNet, GoogLeNet, TorchvisionGoogLeNet, Vgg16, Vgg19, ResNet18, ResNet34, ResNet50,
    ResNet101, ResNet152, TorchvisionResNet50, TorchvisionResNet101, TorchvisionResNet152, SqueezeNet;

// What MakeNetwork and model files accept.
inline constexpr int kMinResolution = 32;
inline constexpr int kMaxResolution = 2048;
inline constexpr int kMaxClasses = 400'000;  // each has a label in a model file: fewer than kMaxJsonValues
inline constexpr double kMaxWidthMultiplier = 16.0;

struct Architecture {
  std::string_view name;
  NetworkFunction* make;
  int default_resolution = 224;
  int resolution_step = 1;  // what the resolution must be a multiple of
  bool has_widths = true;   // false: the width multiplier is 1
  int min_resolution = kMinResolution;
  int channels = 3;            // of the input; 1: grey
  std::string_view note = {};  // half a line: how it differs from others of its kind, or from its paper
};

inline constexpr std::string_view kStridesOfTorchvision =
    "torchvision's: the stride is on the 3x3 convolution of a block, in the paper on the 1x1 before it";
inline constexpr std::string_view kStridesOfPaper =
    "the paper's: the stride is on the first 1x1 convolution of a block, in torchvision on the 3x3 after it";

inline constexpr Architecture kArchitectures[] = {
    {"mobilenet_v1", MobileNetV1, 224, 32},
    {"mobilenet_v2", MobileNetV2, 224},
    {"efficientnet_lite0", EfficientNetLite0, 224, 1, false},
    {"efficientnet_lite1", EfficientNetLite1, 240, 1, false},
    {"efficientnet_lite2", EfficientNetLite2, 260, 1, false},
    {"efficientnet_lite3", EfficientNetLite3, 280, 1, false},
    {"efficientnet_lite4", EfficientNetLite4, 300, 1, false},
    {.name = "mobilenet_v1_standard",
     .make = MobileNetV1Standard,
     .resolution_step = 32,
     .note = "3x3 convolutions in place of depthwise separable ones (Table 4 of arXiv 1704.04861)"},
    {.name = "mobilenet_v1_shallow",
     .make = MobileNetV1Shallow,
     .resolution_step = 32,
     .note = "without the five pairs of 14 x 14 x 512 (Table 5 of arXiv 1704.04861)"},
    {.name = "lenet5",
     .make = LeNet5,
     .default_resolution = 32,
     .has_widths = false,
     .channels = 1,
     .note = "conv2 reads all maps of conv1 (900 weights more than in the paper), pools have no weights"},
    {.name = "alexnet",
     .make = AlexNet,
     .default_resolution = 227,
     .has_widths = false,
     .min_resolution = 67,
     .note = "the paper's: two towers (groups), local response normalisation"},
    {.name = "torchvision_alexnet",
     .make = TorchvisionAlexNet,
     .has_widths = false,
     .min_resolution = 63,
     .note = "torchvision's: one tower of other channels, no groups, no local response normalisation"},
    {.name = "googlenet",
     .make = GoogLeNet,
     .has_widths = false,
     .note = "the paper's: local response normalisation, 5x5 convolutions; no auxiliary classifiers"},
    {.name = "torchvision_googlenet",
     .make = TorchvisionGoogLeNet,
     .has_widths = false,
     .note = "torchvision's: batch norm (folded), 3x3 convolutions for the paper's 5x5, a last pool of 2x2"},
    {.name = "vgg16", .make = Vgg16, .has_widths = false},
    {.name = "vgg19", .make = Vgg19, .has_widths = false},
    {.name = "resnet18", .make = ResNet18, .has_widths = false},
    {.name = "resnet34", .make = ResNet34, .has_widths = false},
    {.name = "resnet50", .make = ResNet50, .has_widths = false, .note = kStridesOfPaper},
    {.name = "resnet101", .make = ResNet101, .has_widths = false, .note = kStridesOfPaper},
    {.name = "resnet152", .make = ResNet152, .has_widths = false, .note = kStridesOfPaper},
    {.name = "torchvision_resnet50",
     .make = TorchvisionResNet50,
     .has_widths = false,
     .note = kStridesOfTorchvision},
    {.name = "torchvision_resnet101",
     .make = TorchvisionResNet101,
     .has_widths = false,
     .note = kStridesOfTorchvision},
    {.name = "torchvision_resnet152",
     .make = TorchvisionResNet152,
     .has_widths = false,
     .note = kStridesOfTorchvision},
    {.name = "squeezenet1_0",
     .make = SqueezeNet,
     .has_widths = false,
     .note = "at 224 pixels as torchvision has it; the paper's feature maps are those of 227"},
};

// "mobilenet_v1, ...", for messages and help.
std::string ArchitectureNames();

// The row of that name. Throws Error if there is none.
const Architecture& FindArchitecture(std::string_view name);

// The network of that name. Throws Error for an unknown name, or for a size outside its row's rules and the
// limits above.
Network MakeNetwork(std::string_view architecture, const NetworkSize& size);
Network MakeNetwork(std::string_view architecture, double width_multiplier, int resolution, int classes);

}  // namespace mobilenet
