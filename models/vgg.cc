// VGG-16 and VGG-19 (arXiv 1409.1556, Table 1, D and E): only 3x3 convolutions, five max pools, three fully
// connected layers. Layers conv1_1, conv1_2, pool1, conv2_1, ..., pool5, fc6, fc7, logits.
#include <span>
#include <string>

#include "models/classifier.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct VggStage {
  int convolutions;
  int channels;
};

constexpr VggStage kVgg16[] = {{2, 64}, {2, 128}, {3, 256}, {3, 512}, {3, 512}};
constexpr VggStage kVgg19[] = {{2, 64}, {2, 128}, {4, 256}, {4, 512}, {4, 512}};

Network Make(const NetworkSize& size, std::span<const VggStage> stages) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.kInput;
  int index = 1;
  for (const VggStage& stage : stages) {
    const std::string suffix = std::to_string(index++);
    for (int i = 1; i <= stage.convolutions; ++i) {
      x = net.Conv("conv" + suffix + "_" + std::to_string(i), x, stage.channels, Padded(3, 1, 1),
                   Activation::kRelu);
    }
    x = net.MaxPool("pool" + suffix, x, Padded(2, 2, 0));
  }
  AddClassifier(net, x, size.classes);
  return net.Build();
}

}  // namespace

Network Vgg16(const NetworkSize& size) {
  return Make(size, kVgg16);
}
Network Vgg19(const NetworkSize& size) {
  return Make(size, kVgg19);
}

}  // namespace mobilenet
