// ResNet-18, -34, -50, -101 and -152 (arXiv 1512.03385, Table 1; shortcuts of option B): a 7x7 convolution, a
// max pool, four stages of blocks to whose output their input is added, global average pool, fully connected
// layer. From 50 on a block is a bottleneck, whose first 1x1 convolution has the stride in the paper and
// whose 3x3 one has it in torchvision. Layers conv1, pool1, layer1.0.conv1, layer1.0.conv2,
// layer1.0.downsample (where the shape changes), layer1.0.add, ..., logits.
#include <string>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

enum class Block {
  kBasic,          // 3x3, 3x3
  kBottleneck,     // 1x1 with the stride, 3x3, 1x1 of 4 times the channels
  kBottleneckV15,  // 1x1, 3x3 with the stride, 1x1 of 4 times the channels
};

struct Variant {
  Block block;
  int repeats[4];
};
constexpr Variant kResNet18 = {Block::kBasic, {2, 2, 2, 2}};
constexpr Variant kResNet34 = {Block::kBasic, {3, 4, 6, 3}};
constexpr Variant kResNet50 = {Block::kBottleneck, {3, 4, 6, 3}};
constexpr Variant kResNet101 = {Block::kBottleneck, {3, 4, 23, 3}};
constexpr Variant kResNet152 = {Block::kBottleneck, {3, 8, 36, 3}};

constexpr int kChannels = 64;  // of the first stage; twice as many in each one after it

constexpr Variant Torchvisions(Variant variant) {
  variant.block = Block::kBottleneckV15;
  return variant;
}

Value AddBlock(NetworkBuilder& net, const std::string& name, Value input, Block block, int channels,
               int stride) {
  const auto conv = [&](const char* part, Value x, int outputs, int kernel, int s, Activation activation) {
    return net.Conv(name + part, x, outputs, Padded(kernel, s, kernel / 2), activation);
  };
  constexpr Activation kRelu = Activation::kRelu;
  Value x = input;
  const int outputs = block == Block::kBasic ? channels : 4 * channels;
  if (block == Block::kBasic) {
    x = conv(".conv1", x, channels, 3, stride, kRelu);
    x = conv(".conv2", x, outputs, 3, 1, Activation::kNone);
  } else {
    const bool is_first_strided = block == Block::kBottleneck;
    x = conv(".conv1", x, channels, 1, is_first_strided ? stride : 1, kRelu);
    x = conv(".conv2", x, channels, 3, is_first_strided ? 1 : stride, kRelu);
    x = conv(".conv3", x, outputs, 1, 1, Activation::kNone);
  }
  Value shortcut = input;
  if (net.ShapeOf(input) != net.ShapeOf(x)) {
    shortcut = conv(".downsample", input, outputs, 1, stride, Activation::kNone);
  }
  return net.Add(name + ".add", x, shortcut, kRelu);
}

Network Make(const NetworkSize& size, const Variant& variant) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.Conv("conv1", net.kInput, kChannels, Padded(7, 2, 3), Activation::kRelu);
  x = net.MaxPool("pool1", x, Padded(3, 2, 1));
  int channels = kChannels;
  int stage = 1;
  for (const int repeats : variant.repeats) {
    for (int i = 0; i < repeats; ++i) {
      const std::string name = "layer" + std::to_string(stage) + "." + std::to_string(i);
      x = AddBlock(net, name, x, variant.block, channels, i == 0 && stage > 1 ? 2 : 1);
    }
    channels *= 2;
    ++stage;
  }
  x = net.GlobalAvgPool("global_avg_pool", x);
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace

Network ResNet18(const NetworkSize& size) {
  return Make(size, kResNet18);
}
Network ResNet34(const NetworkSize& size) {
  return Make(size, kResNet34);
}
Network ResNet50(const NetworkSize& size) {
  return Make(size, kResNet50);
}
Network ResNet101(const NetworkSize& size) {
  return Make(size, kResNet101);
}
Network ResNet152(const NetworkSize& size) {
  return Make(size, kResNet152);
}
Network TorchvisionResNet50(const NetworkSize& size) {
  return Make(size, Torchvisions(kResNet50));
}
Network TorchvisionResNet101(const NetworkSize& size) {
  return Make(size, Torchvisions(kResNet101));
}
Network TorchvisionResNet152(const NetworkSize& size) {
  return Make(size, Torchvisions(kResNet152));
}

}  // namespace mobilenet
