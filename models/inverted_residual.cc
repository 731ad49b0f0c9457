#include "models/inverted_residual.h"

#include <algorithm>

namespace mobilenet {

Value AddInvertedResidual(NetworkBuilder& net, const std::string& name, Value input,
                          const InvertedResidual& block) {
  const Shape shape = net.ShapeOf(input);
  Value x = input;
  if (block.expansion > 1) {
    x = net.Conv(name + ".expand", x, shape[2] * block.expansion, Square(1), Activation::kRelu6);
  }
  x = net.Depthwise(name + ".depthwise", x, Square(block.kernel, block.stride), Activation::kRelu6);
  x = net.Conv(name + ".project", x, block.channels, Square(1), Activation::kNone);
  return block.stride == 1 && block.channels == shape[2] ? net.Add(name + ".add", input, x) : x;
}

int RoundToEights(double channels) {
  const int rounded = std::max(8, static_cast<int>(channels + 4) / 8 * 8);
  return rounded < 0.9 * channels ? rounded + 8 : rounded;
}

}  // namespace mobilenet
