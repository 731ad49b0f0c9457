// MobileNet V1 with a standard 3x3 convolution in place of each depthwise separable pair (arXiv 1704.04861,
// Table 4). Layers conv1, conv2, ..., conv14, logits.
#include <string>

#include "models/mobilenet_v1.h"
#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {

Network MobileNetV1Standard(const NetworkSize& size) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, MobileNetV1Channels(size, 32), Square(3, 2), Activation::kRelu6);
  int index = 2;
  for (const auto& [stride, channels] : kMobileNetV1Pairs) {
    x = net.Conv("conv" + std::to_string(index++), x, MobileNetV1Channels(size, channels), Square(3, stride),
                 Activation::kRelu6);
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace mobilenet
