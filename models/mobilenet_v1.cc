// MobileNet V1 (arXiv 1704.04861, Table 1): a 3x3 convolution, 13 pairs of depthwise 3x3 and pointwise 1x1
// convolutions, global average pool, fully connected layer, softmax. 28 layers with weights: conv1,
// conv_dw_1, conv_pw_1, ..., conv_dw_13, conv_pw_13, logits.
#include "models/mobilenet_v1.h"

#include <string>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {

Network MobileNetV1Of(const NetworkSize& size, std::span<const DepthwiseSeparable> pairs) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, MobileNetV1Channels(size, 32), Square(3, 2), Activation::kRelu6);
  int index = 1;
  for (const auto& [stride, channels] : pairs) {
    const std::string suffix = std::to_string(index++);
    x = net.Depthwise("conv_dw_" + suffix, x, Square(3, stride), Activation::kRelu6);
    x = net.Conv("conv_pw_" + suffix, x, MobileNetV1Channels(size, channels), Square(1), Activation::kRelu6);
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

Network MobileNetV1(const NetworkSize& size) {
  return MobileNetV1Of(size, kMobileNetV1Pairs);
}

}  // namespace mobilenet
