// MobileNet V1 (arXiv 1704.04861, Table 1): a 3x3 convolution, 13 pairs of depthwise 3x3 and pointwise 1x1
// convolutions, global average pool, fully connected layer, softmax. 28 layers with weights: conv1,
// conv_dw_1, conv_pw_1, ..., conv_dw_13, conv_pw_13, logits.
#include <algorithm>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct DepthwiseSeparable {
  int stride;
  int channels;  // of the pointwise convolution, at width 1.0
};

// Table 1. The paper prints stride 2 for the last depthwise layer; its own shapes, and every implementation,
// have stride 1.
constexpr DepthwiseSeparable kPairs[] = {
    {1, 64},  {2, 128}, {1, 128}, {2, 256}, {1, 256},  {2, 512},  {1, 512},
    {1, 512}, {1, 512}, {1, 512}, {1, 512}, {2, 1024}, {1, 1024},
};

}  // namespace

// A width of C channels becomes max(8, floor(width_multiplier x C)), as in the published networks.
Network MobileNetV1(const NetworkSize& size) {
  const auto width = [&](int channels) {
    return std::max(8, static_cast<int>(size.width_multiplier * channels));
  };
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, width(32), Square(3, 2), Activation::kRelu6);
  int index = 1;
  for (const auto& [stride, channels] : kPairs) {
    const std::string suffix = std::to_string(index++);
    x = net.Depthwise("conv_dw_" + suffix, x, Square(3, stride), Activation::kRelu6);
    x = net.Conv("conv_pw_" + suffix, x, width(channels), Square(1), Activation::kRelu6);
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace mobilenet
