// EfficientNet-Lite 0 to 4 (arXiv 1905.11946; the Lite variants: tensorflow/tpu,
// models/official/efficientnet/lite/efficientnet_lite_builder.py): MobileNet V2's blocks with 3x3 and 5x5
// depthwise convolutions, without squeeze-and-excite, wider and deeper from 0 to 4. Layers conv1,
// block_0.depthwise, block_0.project, block_1.expand, ..., conv_last, logits.
#include <cmath>

#include "models/inverted_residual.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct LiteStage {
  int expansion;
  int kernel;
  int stride;  // of the first block; the others have 1
  int channels;
  int repeats;
};

constexpr LiteStage kLiteStages[] = {
    {1, 3, 1, 16, 1},  {6, 3, 2, 24, 2},  {6, 5, 2, 40, 2},  {6, 3, 2, 80, 3},
    {6, 5, 1, 112, 3}, {6, 5, 2, 192, 4}, {6, 3, 1, 320, 1},
};

// The first and last convolutions keep their channels, the first and last stages their repeats.
Network EfficientNetLite(const NetworkSize& size, double width, double depth) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, 32, Square(3, 2), Activation::kRelu6);
  int index = 0;
  for (const LiteStage& stage : kLiteStages) {
    const bool is_end = &stage == std::begin(kLiteStages) || &stage == std::end(kLiteStages) - 1;
    const int repeats = is_end ? stage.repeats : static_cast<int>(std::ceil(depth * stage.repeats));
    for (int i = 0; i < repeats; ++i) {
      x = AddInvertedResidual(net, "block_" + std::to_string(index++), x,
                              {.expansion = stage.expansion,
                               .kernel = stage.kernel,
                               .stride = i == 0 ? stage.stride : 1,
                               .channels = RoundToEights(width * stage.channels)});
    }
  }
  x = net.Conv("conv_last", x, 1280, Square(1), Activation::kRelu6);
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace

Network EfficientNetLite0(const NetworkSize& size) {
  return EfficientNetLite(size, 1.0, 1.0);
}
Network EfficientNetLite1(const NetworkSize& size) {
  return EfficientNetLite(size, 1.0, 1.1);
}
Network EfficientNetLite2(const NetworkSize& size) {
  return EfficientNetLite(size, 1.1, 1.2);
}
Network EfficientNetLite3(const NetworkSize& size) {
  return EfficientNetLite(size, 1.2, 1.4);
}
Network EfficientNetLite4(const NetworkSize& size) {
  return EfficientNetLite(size, 1.4, 1.8);
}

}  // namespace mobilenet
