#include "models/classifier.h"

namespace mobilenet {

void AddClassifier(NetworkBuilder& net, Value input, int classes) {
  constexpr int kConnected = 4096;
  Value x = net.FullyConnected("fc6", input, kConnected, Activation::kRelu);
  x = net.FullyConnected("fc7", x, kConnected, Activation::kRelu);
  x = net.FullyConnected("logits", x, classes);
  net.Softmax("softmax", x);
}

}  // namespace mobilenet
