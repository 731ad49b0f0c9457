// SqueezeNet 1.0 (arXiv 1602.07360, Table 1): a 7x7 convolution, eight fire modules, whose 1x1 convolution
// squeezes the channels for two that expand them, a 1x1 convolution for the classes, global average pool.
// Layers conv1, pool1, fire2.squeeze, fire2.expand_1x1, fire2.expand_3x3, fire2.concat, ..., fire9.concat,
// conv10, logits. The paper's feature maps are those of 227 pixels, torchvision's of 224.
#include <string>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct Fire {
  int squeeze;
  int expand;  // channels of the 1x1 convolution, and of the 3x3 one
  bool is_pooled;
};

constexpr Fire kModules[] = {
    {16, 64, false},  {16, 64, false},  {32, 128, true}, {32, 128, false},
    {48, 192, false}, {48, 192, false}, {64, 256, true}, {64, 256, false},
};

}  // namespace

Network SqueezeNet(const NetworkSize& size) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  const auto pool = [&](int index, Value x) {
    return net.MaxPool("pool" + std::to_string(index), x, CeilMode(net.ShapeOf(x), 3, 2));
  };
  constexpr Activation kRelu = Activation::kRelu;
  int index = 1;
  Value x = net.Conv("conv1", net.kInput, 96, Padded(7, 2, 0), kRelu);
  x = pool(index++, x);
  for (const Fire& fire : kModules) {
    const std::string name = "fire" + std::to_string(index);
    const Value squeezed = net.Conv(name + ".squeeze", x, fire.squeeze, Square(1), kRelu);
    x = net.Concat(name + ".concat",
                   {net.Conv(name + ".expand_1x1", squeezed, fire.expand, Square(1), kRelu),
                    net.Conv(name + ".expand_3x3", squeezed, fire.expand, Padded(3, 1, 1), kRelu)});
    if (fire.is_pooled) x = pool(index, x);
    ++index;
  }
  x = net.Conv("conv10", x, size.classes, Square(1), kRelu);
  x = net.GlobalAvgPool("logits", x);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace mobilenet
