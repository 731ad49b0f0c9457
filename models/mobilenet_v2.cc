// MobileNet V2 (arXiv 1801.04381, Table 2): a 3x3 convolution, 17 inverted residual blocks, a pointwise
// convolution, global average pool, fully connected layer, softmax. Layers conv1, block_0.depthwise,
// block_0.project, block_1.expand, ..., block_16.project, conv_last, logits.
#include <algorithm>

#include "models/inverted_residual.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct V2Stage {
  int expansion;
  int channels;
  int repeats;
  int stride;  // of the first block; the others have 1
};

constexpr V2Stage kV2Stages[] = {
    {1, 16, 1, 1}, {6, 24, 2, 2}, {6, 32, 3, 2}, {6, 64, 4, 2}, {6, 96, 3, 1}, {6, 160, 3, 2}, {6, 320, 1, 1},
};

}  // namespace

Network MobileNetV2(const NetworkSize& size) {
  const auto width = [&](int channels) { return RoundToEights(size.width_multiplier * channels); };
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, width(32), Square(3, 2), Activation::kRelu6);
  int index = 0;
  for (const V2Stage& stage : kV2Stages) {
    for (int i = 0; i < stage.repeats; ++i) {
      x = AddInvertedResidual(net, "block_" + std::to_string(index++), x,
                              {.expansion = stage.expansion,
                               .kernel = 3,
                               .stride = i == 0 ? stage.stride : 1,
                               .channels = width(stage.channels)});
    }
  }
  // Widths below 1 don't shrink the last convolution.
  const int last = RoundToEights(std::max(size.width_multiplier, 1.0) * 1280);
  x = net.Conv("conv_last", x, last, Square(1), Activation::kRelu6);
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace mobilenet
