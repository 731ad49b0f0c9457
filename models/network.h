// A network: its layers in the order of the forward pass, with all shapes known. Made by a NetworkBuilder,
// which checks it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/layer.h"

namespace mobilenet {

struct Network {
  std::string architecture;  // "mobilenet_v1"
  double width_multiplier = 1.0;
  int resolution = 224;  // pixels; the input is [resolution, resolution, 3]
  int classes = 1000;
  std::vector<Layer> layers;  // each reads what layers before it wrote, or the input; the last is a softmax
  Value logits = 0;           // what the softmax reads
};

// Of a value of the network.
const Shape& ShapeOf(const Network& network, Value value);

int64_t MultAdds(const Network& network);
int64_t Parameters(const Network& network);
int64_t Biases(const Network& network);

}  // namespace mobilenet
