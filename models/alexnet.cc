// AlexNet (Krizhevsky, Sutskever and Hinton: ImageNet Classification with Deep Convolutional Neural Networks,
// 2012, section 3), with two towers: three of its convolutions have two groups. And torchvision's AlexNet,
// the single tower of arXiv 1404.5997. Layers conv1, norm1, pool1, conv2, ..., pool5, fc6, fc7, logits.
#include <span>
#include <string>

#include "models/classifier.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

struct Convolution {
  int channels;
  int kernel;
  int stride;
  int padding;
  int groups;
  bool is_normalised;
  bool is_pooled;  // max pool over 3x3 windows that overlap: stride 2
};

constexpr Convolution kTwoTowers[] = {
    {96, 11, 4, 0, 1, true, true},   {256, 5, 1, 2, 2, true, true},  {384, 3, 1, 1, 1, false, false},
    {384, 3, 1, 1, 2, false, false}, {256, 3, 1, 1, 2, false, true},
};
constexpr Convolution kOneTower[] = {
    {64, 11, 4, 2, 1, false, true},  {192, 5, 1, 2, 1, false, true}, {384, 3, 1, 1, 1, false, false},
    {256, 3, 1, 1, 1, false, false}, {256, 3, 1, 1, 1, false, true},
};

// Section 3.3. The paper does not divide alpha by the channels.
constexpr Lrn kAlexNetLrn{.size = 5, .alpha = 5 * 1e-4f, .beta = 0.75f, .k = 2};

Network Make(const NetworkSize& size, std::span<const Convolution> stages) {
  NetworkBuilder net({size.resolution, size.resolution, 3});
  Value x = net.kInput;
  int index = 1;
  for (const Convolution& stage : stages) {
    const std::string suffix = std::to_string(index++);
    x = net.Conv("conv" + suffix, x, stage.channels, Padded(stage.kernel, stage.stride, stage.padding),
                 Activation::kRelu, stage.groups);
    if (stage.is_normalised) x = net.Lrn("norm" + suffix, x, kAlexNetLrn);
    if (stage.is_pooled) x = net.MaxPool("pool" + suffix, x, Padded(3, 2, 0));
  }
  AddClassifier(net, x, size.classes);
  return net.Build();
}

}  // namespace

Network AlexNet(const NetworkSize& size) {
  return Make(size, kTwoTowers);
}
Network TorchvisionAlexNet(const NetworkSize& size) {
  return Make(size, kOneTower);
}

}  // namespace mobilenet
