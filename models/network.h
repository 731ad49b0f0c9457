// A network: its layers in the order of the forward pass, with all shapes known. Made by a NetworkBuilder,
// which checks it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/layer.h"

namespace mobilenet {

struct Network {
  std::string architecture;  // "mobilenet_v1"
  double width_multiplier = 1.0;
  int resolution = 224;  // pixels; the input is [resolution, resolution, 3], or 1 channel if grey
  int classes = 1000;
  std::vector<Layer> layers;  // each reads what earlier layers wrote, or the input; the last one makes scores
  Value logits = 0;           // what the last layer reads
};

// The shape of a value of the network.
const Shape& ShapeOf(const Network& network, Value value);

// For each value, the layers that read it, in their order; a layer that reads it twice occurs twice.
std::vector<std::vector<size_t>> ReadersOf(std::span<const Layer> layers);

int64_t MultAdds(const Network& network);
int64_t Parameters(const Network& network);
int64_t Biases(const Network& network);

}  // namespace mobilenet
