#include "models/printed_figures.h"

#include <iterator>

#include "models/catalogue.h"

namespace mobilenet {
namespace {

constexpr std::string_view kV1 = "mobilenet_v1";
constexpr std::string_view kV2 = "mobilenet_v2";

constexpr std::string_view kCut = "cut off, not rounded";
constexpr std::string_view kWithBiases = "with biases";

// MobileNets, arXiv 1704.04861.

constexpr PrintedComplexity kV1Table4[] = {
    {"Conv MobileNet",
     "mobilenet_v1_standard",
     1.0,
     224,
     71.7,
     {{4866, 0, "without the fully connected layer, which the next line has"}},
     {{29.3, 1}}},
    {"MobileNet", kV1, 1.0, 224, 70.6, {{569, 0}}, {{4.2, 1}}},
};

constexpr PrintedComplexity kV1Table5[] = {
    {"0.75 MobileNet", kV1, 0.75, 224, 68.4, {{325, 0}}, {{2.6, 1}}},
    {"Shallow MobileNet", "mobilenet_v1_shallow", 1.0, 224, 65.3, {{307, 0}}, {{2.9, 1}}},
};

constexpr PrintedComplexity kV1Table6[] = {
    {"1.0 MobileNet-224", kV1, 1.0, 224, 70.6, {{569, 0}}, {{4.2, 1}}},
    {"0.75 MobileNet-224", kV1, 0.75, 224, 68.4, {{325, 0}}, {{2.6, 1}}},
    {"0.5 MobileNet-224", kV1, 0.5, 224, 63.7, {{149, 0}}, {{1.3, 1}}},
    {"0.25 MobileNet-224", kV1, 0.25, 224, 50.6, {{41, 0}}, {{0.5, 1}}},
};

constexpr PrintedComplexity kV1Table7[] = {
    {"1.0 MobileNet-224", kV1, 1.0, 224, 70.6, {{569, 0}}, {{4.2, 1}}},
    {"1.0 MobileNet-192", kV1, 1.0, 192, 69.1, {{418, 0}}, {{4.2, 1}}},
    {"1.0 MobileNet-160", kV1, 1.0, 160, 67.2, {{290, 0, kCut}}, {{4.2, 1}}},
    {"1.0 MobileNet-128", kV1, 1.0, 128, 64.4, {{186, 0}}, {{4.2, 1}}},
};

constexpr PrintedComplexity kV1Table8[] = {
    {"1.0 MobileNet-224", kV1, 1.0, 224, 70.6, {{569, 0}}, {{4.2, 1}}},
    {"GoogleNet",
     "googlenet",
     1.0,
     224,
     69.8,
     {{1550, -1, "not the sum of GoogLeNet's layers; with 3x3 for the 5x5 1498"}},
     {{6.8, 1, "the sum in GoogLeNet's own table, in thousands of 1024"}}},
    {"VGG 16", "vgg16", 1.0, 224, 71.5, {{15300, -2, "without the fully connected layers"}}, {{138, 0}}},
};

constexpr PrintedComplexity kV1Table9[] = {
    {"0.50 MobileNet-160", kV1, 0.5, 160, 60.2, {{76, 0, kCut}}, {{1.32, 2}}},
    {"Squeezenet",
     "squeezenet1_0",
     1.0,
     227,
     57.5,
     {{1700, -2, "multiplications and additions counted separately"}},
     {{1.25, 2, kWithBiases}}},
    // 720 to two digits, for two towers: the groups of conv2, conv4 and conv5 halve them.
    {"AlexNet", "alexnet", 1.0, 227, 57.2, {{720, -1}}, {{60, 0, kCut}}},
};

constexpr PrintedLayer kV1Table1[] = {
    {"Conv / s2", "3 x 3 x 3 x 32", "224 x 224 x 3"},
    {"Conv dw / s1", "3 x 3 x 32 dw", "112 x 112 x 32"},
    {"Conv / s1", "1 x 1 x 32 x 64", "112 x 112 x 32"},
    {"Conv dw / s2", "3 x 3 x 64 dw", "112 x 112 x 64"},
    {"Conv / s1", "1 x 1 x 64 x 128", "56 x 56 x 64"},
    {"Conv dw / s1", "3 x 3 x 128 dw", "56 x 56 x 128"},
    {"Conv / s1", "1 x 1 x 128 x 128", "56 x 56 x 128"},
    {"Conv dw / s2", "3 x 3 x 128 dw", "56 x 56 x 128"},
    {"Conv / s1", "1 x 1 x 128 x 256", "28 x 28 x 128"},
    {"Conv dw / s1", "3 x 3 x 256 dw", "28 x 28 x 256"},
    {"Conv / s1", "1 x 1 x 256 x 256", "28 x 28 x 256"},
    {"Conv dw / s2", "3 x 3 x 256 dw", "28 x 28 x 256"},
    {"Conv / s1", "1 x 1 x 256 x 512", "14 x 14 x 256"},
    // "5 x", printed once
    {"Conv dw / s1", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 512", "14 x 14 x 512"},
    {"Conv dw / s1", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 512", "14 x 14 x 512"},
    {"Conv dw / s1", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 512", "14 x 14 x 512"},
    {"Conv dw / s1", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 512", "14 x 14 x 512"},
    {"Conv dw / s1", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 512", "14 x 14 x 512"},
    {"Conv dw / s2", "3 x 3 x 512 dw", "14 x 14 x 512"},
    {"Conv / s1", "1 x 1 x 512 x 1024", "7 x 7 x 512"},
    {"Conv dw / s2", "3 x 3 x 1024 dw", "7 x 7 x 1024",
     "misprint: what it writes, the next line's input, is 7 x 7 as well"},
    {"Conv / s1", "1 x 1 x 1024 x 1024", "7 x 7 x 1024"},
    {"Avg Pool / s1", "Pool 7 x 7", "7 x 7 x 1024"},
    {"FC / s1", "1024 x 1000", "1 x 1 x 1024"},
    {"Softmax / s1", "Classifier", "1 x 1 x 1000"},
};

constexpr PrintedShare kV1Table2[] = {
    {"Conv 1x1", {94.86, 2}, {74.59, 2}},
    {"Conv DW 3x3", {3.06, 2}, {1.06, 2}},
    {"Conv 3x3", {1.19, 2, "misprint: with 1.91 the four shares make 100 %"}, {0.02, 2}},
    {"Fully Connected", {0.18, 2}, {24.33, 2}},
};

constexpr PrintedStep kV1Table3[] = {
    {"Convolution", false, 1.0, 224, {462, 0}, {2.36, 2}},
    {"Depthwise Separable Conv", true, 1.0, 224, {52.3, 1}, {0.27, 2}},
    {"width multiplier 0.75", true, 0.75, 224, {29.6, 1}, {0.15, 2}},
    {"resolution multiplier 0.714", true, 0.75, 160, {15.1, 1}, {0.15, 2}},
};

// MobileNetV2, arXiv 1801.04381.

constexpr PrintedStage kV2Table2[] = {
    {"224 x 224 x 3", "conv2d", "-", "32", "1", "2"},
    {"112 x 112 x 32", "bottleneck", "1", "16", "1", "1"},
    {"112 x 112 x 16", "bottleneck", "6", "24", "2", "2"},
    {"56 x 56 x 24", "bottleneck", "6", "32", "3", "2"},
    {"28 x 28 x 32", "bottleneck", "6", "64", "4", "2"},
    {"14 x 14 x 64", "bottleneck", "6", "96", "3", "1"},
    {"14 x 14 x 96", "bottleneck", "6", "160", "3", "2"},
    {"7 x 7 x 160", "bottleneck", "6", "320", "1", "1"},
    {"7 x 7 x 320", "conv2d 1x1", "-", "1280", "1", "1"},
    {"7 x 7 x 1280", "avgpool 7x7", "-", "-", "1", "-"},
    {"1 x 1 x 1280", "conv2d 1x1", "-", "1000", "-", "-"},  // printed as k
};

constexpr PrintedComplexity kV2Table4[] = {
    {"MobileNetV1",
     kV1,
     1.0,
     224,
     70.6,
     {{575, 0, "the paper on V1 prints 569, as its layers give"}},
     {{4.2, 1}}},
    {"MobileNetV2", kV2, 1.0, 224, 72.0, {{300, 0, kCut}}, {{3.4, 1, kCut}}},
    {"MobileNetV2 (1.4)",
     kV2,
     1.4,
     224,
     74.7,
     {{585, 0, "the published weights' own table has 582"}},
     {{6.9, 1, "the published weights' own table has 6.06"}}},
};

// "The network computational cost ranges from 7 multiply adds to 585M MAdds, while the model size vary
// between 1.7M and 6.9M parameters": widths 0.35 to 1.4, 96 to 224 pixels.
constexpr PrintedComplexity kV2Range[] = {
    {"smallest", kV2, 0.35, 96, {}, {{7, 0, "the published weights' own table has 11"}}, {{1.7, 1}}},
};

// tensorflow/models, research/slim/nets/mobilenet_v1.md.

constexpr std::string_view kWithoutConv1 = "without conv1";
constexpr std::string_view kWithBatchNorm = "with a 1001st class, its biases, 3 vectors of batch norm";

constexpr PrintedComplexity kV1Weights[] = {
    {"MobileNet_v1_1.0_224", kV1, 1.0, 224, 70.9, {{569, 0}}, {{4.24, 2, kWithBatchNorm}}},
    {"MobileNet_v1_1.0_192", kV1, 1.0, 192, 70.0, {{418, 0}}, {{4.24, 2, kWithBatchNorm}}},
    {"MobileNet_v1_1.0_160", kV1, 1.0, 160, 68.0, {{291, 0}}, {{4.24, 2, kWithBatchNorm}}},
    {"MobileNet_v1_1.0_128", kV1, 1.0, 128, 65.2, {{186, 0}}, {{4.24, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.75_224", kV1, 0.75, 224, 68.4, {{317, 0, kWithoutConv1}}, {{2.59, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.75_192", kV1, 0.75, 192, 67.2, {{233, 0, kWithoutConv1}}, {{2.59, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.75_160", kV1, 0.75, 160, 65.3, {{162, 0, kWithoutConv1}}, {{2.59, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.75_128", kV1, 0.75, 128, 62.1, {{104, 0, kWithoutConv1}}, {{2.59, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.50_224", kV1, 0.5, 224, 63.3, {{150, 0, "rounded up"}}, {{1.34, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.50_192", kV1, 0.5, 192, 61.7, {{110, 0}}, {{1.34, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.50_160", kV1, 0.5, 160, 59.1, {{77, 0}}, {{1.34, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.50_128", kV1, 0.5, 128, 56.3, {{49, 0}}, {{1.34, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.25_224", kV1, 0.25, 224, 49.8, {{41, 0}}, {{0.47, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.25_192",
     kV1,
     0.25,
     192,
     47.7,
     {{34, 0, "misprint: 30 lies where 192 does between 224 and 160"}},
     {{0.47, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.25_160", kV1, 0.25, 160, 45.5, {{21, 0}}, {{0.47, 2, kWithBatchNorm}}},
    {"MobileNet_v1_0.25_128", kV1, 0.25, 128, 41.5, {{14, 0}}, {{0.47, 2, kWithBatchNorm}}},
};

// tensorflow/models, research/slim/nets/mobilenet/README.md.
constexpr PrintedComplexity kV2Weights[] = {
    {"float_v2_1.4_224", kV2, 1.4, 224, 75.0, {{582, 0}}, {{6.06, 2}}},
    {"float_v2_1.3_224", kV2, 1.3, 224, 74.4, {{509, 0}}, {{5.34, 2}}},
    {"float_v2_1.0_224", kV2, 1.0, 224, 71.8, {{300, 0, kCut}}, {{3.47, 2}}},
    {"float_v2_1.0_192", kV2, 1.0, 192, 70.7, {{221, 0}}, {{3.47, 2}}},
    {"float_v2_1.0_160", kV2, 1.0, 160, 68.8, {{154, 0}}, {{3.47, 2}}},
    {"float_v2_1.0_128", kV2, 1.0, 128, 65.3, {{99, 0}}, {{3.47, 2}}},
    {"float_v2_1.0_96", kV2, 1.0, 96, 60.3, {{56, 0}}, {{3.47, 2}}},
    {"float_v2_0.75_224", kV2, 0.75, 224, 69.8, {{209, 0}}, {{2.61, 2}}},
    {"float_v2_0.75_192", kV2, 0.75, 192, 68.7, {{153, 0, kCut}}, {{2.61, 2}}},
    {"float_v2_0.75_160", kV2, 0.75, 160, 66.4, {{107, 0}}, {{2.61, 2}}},
    {"float_v2_0.75_128", kV2, 0.75, 128, 63.2, {{69, 0}}, {{2.61, 2}}},
    {"float_v2_0.75_96", kV2, 0.75, 96, 58.8, {{39, 0}}, {{2.61, 2}}},
    {"float_v2_0.5_224", kV2, 0.5, 224, 65.4, {{97, 0}}, {{1.95, 2}}},
    {"float_v2_0.5_192", kV2, 0.5, 192, 63.9, {{71, 0, kCut}}, {{1.95, 2}}},
    {"float_v2_0.5_160", kV2, 0.5, 160, 61.0, {{50, 0}}, {{1.95, 2}}},
    {"float_v2_0.5_128", kV2, 0.5, 128, 57.7, {{32, 0, kCut}}, {{1.95, 2}}},
    {"float_v2_0.5_96", kV2, 0.5, 96, 51.2, {{18, 0, kCut}}, {{1.95, 2}}},
    {"float_v2_0.35_224", kV2, 0.35, 224, 60.3, {{59, 0}}, {{1.66, 2}}},
    {"float_v2_0.35_192", kV2, 0.35, 192, 58.2, {{43, 0, kCut}}, {{1.66, 2}}},
    {"float_v2_0.35_160", kV2, 0.35, 160, 55.7, {{30, 0, kCut}}, {{1.66, 2}}},
    {"float_v2_0.35_128", kV2, 0.35, 128, 50.8, {{20, 0}}, {{1.66, 2}}},
    {"float_v2_0.35_96", kV2, 0.35, 96, 45.5, {{11, 0, kCut}}, {{1.66, 2}}},
};

// tensorflow/tpu, models/official/efficientnet/lite. With 3 operations per output of each convolution, ours
// are 405.4, 630.6, 898.4, 1440.3 and 2639.5; with two vectors per convolution 4.65, 5.42, 6.09, 8.20 and
// 13.01.
constexpr std::string_view kWithOthers = "with some 3 operations per output for batch norm and ReLU6";
constexpr std::string_view kWithVectors = "with batch norm's scales and shifts";

constexpr PrintedComplexity kLiteWeights[] = {
    {"efficientnet-lite0",
     "efficientnet_lite0",
     1.0,
     224,
     75.1,
     {{407, 0, kWithOthers}},
     {{4.7, 1, kWithVectors}}},
    {"efficientnet-lite1", "efficientnet_lite1", 1.0, 240, 76.7, {{631, 0, kWithOthers}}, {{5.4, 1}}},
    {"efficientnet-lite2",
     "efficientnet_lite2",
     1.0,
     260,
     77.6,
     {{899, 0, kWithOthers}},
     {{6.1, 1, kWithVectors}}},
    {"efficientnet-lite3",
     "efficientnet_lite3",
     1.0,
     280,
     79.8,
     {{1440, -1, kWithOthers}},
     {{8.2, 1, kWithVectors}}},
    {"efficientnet-lite4",
     "efficientnet_lite4",
     1.0,
     300,
     81.5,
     {{2640, -1, kWithOthers}},
     {{13.0, 1, kWithVectors}}},
};

// The networks that MobileNet is compared with.

constexpr PrintedComplexity kLeNet[] = {
    {"LeNet-5", "lenet5", 1.0, 32, {}, {{0.4, 1}}, {{0.06, 2}}, 10},
};

// "Number of parameters (in millions)".
constexpr PrintedComplexity kVggTable2[] = {
    {"D (VGG-16)", "vgg16", 1.0, 224, {}, {}, {{138, 0}}},
    {"E (VGG-19)", "vgg19", 1.0, 224, {}, {}, {{144, 0}}},
};

// Printed as FLOPs, which count one per mult-add; VGG in its section 4.1.
constexpr PrintedComplexity kResNetTable1[] = {
    {"18-layer", "resnet18", 1.0, 224, {}, {{1800, -2}}},
    {"34-layer", "resnet34", 1.0, 224, {}, {{3600, -2, kCut}}},
    {"50-layer", "resnet50", 1.0, 224, {}, {{3800, -2, kCut}}},
    {"101-layer", "resnet101", 1.0, 224, {}, {{7600, -2}}},
    {"152-layer", "resnet152", 1.0, 224, {}, {{11300, -2}}},
    {"VGG-16", "vgg16", 1.0, 224, {}, {{15300, -2, "without the fully connected layers"}}},
    {"VGG-19", "vgg19", 1.0, 224, {}, {{19600, -2}}},
};

// 1-crop validation error.
constexpr PrintedComplexity kResNetWeights[] = {
    {"ResNet-50", "resnet50", 1.0, 224, 75.3},
    {"ResNet-101", "resnet101", 1.0, 224, 76.4},
    {"ResNet-152", "resnet152", 1.0, 224, 77.0},
};

// torchvision.models, IMAGENET1K_V1; its GFLOPS count one per mult-add.
constexpr PrintedComplexity kTorchvision[] = {
    {"AlexNet", "torchvision_alexnet", 1.0, 224, 56.522, {{710, -1}}, {{61.1, 1}}},
    {"GoogLeNet", "torchvision_googlenet", 1.0, 224, 69.778, {{1500, -2}}, {{6.6, 1}}},
    {"MobileNet_V2", kV2, 1.0, 224, 71.878, {{300, -1}}, {{3.5, 1}}},
    {"ResNet18", "resnet18", 1.0, 224, 69.758, {{1810, -1}}, {{11.7, 1}}},
    {"ResNet34", "resnet34", 1.0, 224, 73.314, {{3660, -1}}, {{21.8, 1}}},
    {"ResNet50", "torchvision_resnet50", 1.0, 224, 76.13, {{4090, -1}}, {{25.6, 1, kWithVectors}}},
    {"ResNet101", "torchvision_resnet101", 1.0, 224, 77.374, {{7800, -1}}, {{44.5, 1, kWithVectors}}},
    {"ResNet152", "torchvision_resnet152", 1.0, 224, 78.312, {{11510, -1}}, {{60.2, 1, kWithVectors}}},
    {"SqueezeNet1_0", "squeezenet1_0", 1.0, 224, 58.092, {{820, -1}}, {{1.2, 1}}},
    {"VGG16", "vgg16", 1.0, 224, 71.592, {{15470, -1}}, {{138.4, 1, kWithBiases}}},
    {"VGG19", "vgg19", 1.0, 224, 72.376, {{19630, -1}}, {{143.7, 1}}},
};

constexpr PrintedComplexityTable kTables[] = {
    {"arXiv 1704.04861", "Table 4", "Depthwise Separable vs Full Convolution MobileNet", kV1Table4},
    {"arXiv 1704.04861", "Table 5", "Narrow vs Shallow MobileNet", kV1Table5},
    {"arXiv 1704.04861", "Table 6", "MobileNet Width Multiplier", kV1Table6},
    {"arXiv 1704.04861", "Table 7", "MobileNet Resolution", kV1Table7},
    {"arXiv 1704.04861", "Table 8", "MobileNet Comparison to Popular Models", kV1Table8},
    {"arXiv 1704.04861", "Table 9", "Smaller MobileNet Comparison to Popular Models", kV1Table9},
    {"arXiv 1801.04381", "Table 4", "Performance on ImageNet", kV2Table4},
    {"arXiv 1801.04381", "Section 6.1", "ImageNet Classification: the least of its range", kV2Range},
    {"LeCun et al. 1998", "LeNet-5", "Gradient-Based Learning Applied to Document Recognition", kLeNet},
    {"arXiv 1409.1556", "Table 2", "Number of parameters of VGG", kVggTable2},
    {"arXiv 1512.03385", "Table 1", "FLOPs of ResNet", kResNetTable1},
    {"KaimingHe/deep-residual-networks", "README", "1-crop validation accuracy", kResNetWeights, true},
    {"tensorflow/models", "mobilenet_v1.md", "Pre-trained models", kV1Weights, true},
    {"tensorflow/models", "mobilenet/README.md", "Mobilenet V2 imagenet checkpoints", kV2Weights, true},
    {"tensorflow/tpu", "efficientnet/lite", "EfficientNet-lite", kLiteWeights, true},
    {"torchvision", "models", "IMAGENET1K_V1", kTorchvision, true},
};

}  // namespace

std::span<const PrintedComplexityTable> PrintedComplexityTables() {
  return kTables;
}

std::span<const PrintedLayer> PrintedLayersOfV1() {
  return kV1Table1;
}

std::span<const PrintedShare> PrintedSharesOfV1() {
  return kV1Table2;
}

std::span<const PrintedStep> PrintedStepsOfV1() {
  return kV1Table3;
}

std::span<const PrintedStage> PrintedStagesOfV2() {
  return kV2Table2;
}

std::optional<PublishedTop1> FindPublishedTop1(std::string_view architecture, double width_multiplier,
                                               int resolution, std::string_view type) {
  const std::string_view quantization = type == "u8"   ? "u8_per_tensor"
                                        : type == "s8" ? "s8_per_channel"
                                                       : "none";
  for (const KnownModel& model : KnownModels()) {
    if (model.architecture == architecture && model.width_multiplier == width_multiplier &&
        model.resolution == resolution && model.quantization == quantization && model.published_top1) {
      return PublishedTop1{*model.published_top1, kPublishedWeights};
    }
  }
  if (type != "f32") return std::nullopt;
  for (const bool is_of_weights : {true, false}) {
    for (const PrintedComplexityTable& table : kTables) {
      if (table.is_of_weights != is_of_weights) continue;
      for (const PrintedComplexity& row : table.rows) {
        if (row.architecture == architecture && row.width_multiplier == width_multiplier &&
            row.resolution == resolution && row.top1_percent) {
          return PublishedTop1{*row.top1_percent, table.source};
        }
      }
    }
  }
  return std::nullopt;
}

}  // namespace mobilenet
