// LeNet-5 (LeCun, Bottou, Bengio and Haffner: Gradient-Based Learning Applied to Document Recognition, 1998,
// section II.B), for grey digits of 32 x 32: two convolutions, each followed by an average pool, three fully
// connected layers, tanh. As it is taught today: every map of the second convolution reads all maps of the
// first, pools have no weights, and the last layer makes logits. Layers conv1, pool1, conv2, pool2, fc1, fc2,
// logits.
#include <string>

#include "models/network_builder.h"
#include "models/registry.h"

namespace mobilenet {
namespace {

constexpr int kConvolutions[] = {6, 16};  // channels of the 5x5 convolutions
constexpr int kConnected[] = {120, 84};   // the first is the paper's C5, a 5x5 convolution of 5x5 pixels

}  // namespace

Network LeNet5(const NetworkSize& size) {
  NetworkBuilder net({size.resolution, size.resolution, 1});
  Value x = net.kInput;
  int index = 1;
  for (const int channels : kConvolutions) {
    const std::string suffix = std::to_string(index++);
    x = net.Conv("conv" + suffix, x, channels, Padded(5, 1, 0), Activation::kTanh);
    x = net.AvgPool("pool" + suffix, x, Padded(2, 2, 0));
  }
  index = 1;
  for (const int channels : kConnected) {
    x = net.FullyConnected("fc" + std::to_string(index++), x, channels, Activation::kTanh);
  }
  x = net.FullyConnected("logits", x, size.classes);
  net.Softmax("softmax", x);
  return net.Build();
}

}  // namespace mobilenet
