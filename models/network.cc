#include "models/network.h"

namespace mobilenet {
namespace {

template <typename Count>
int64_t Sum(const Network& network, Count count) {
  int64_t sum = 0;
  for (const Layer& layer : network.layers) sum += count(layer);
  return sum;
}

}  // namespace

const Shape& ShapeOf(const Network& network, Value value) {
  return value == 0 ? network.layers[0].input : network.layers[value - 1].output;
}

std::vector<std::vector<size_t>> ReadersOf(std::span<const Layer> layers) {
  std::vector<std::vector<size_t>> readers(layers.size() + 1);
  for (size_t i = 0; i < layers.size(); ++i) {
    for (const Value value : layers[i].inputs) readers[value].push_back(i);
  }
  return readers;
}

int64_t MultAdds(const Network& network) {
  return Sum(network, [](const Layer& layer) { return MultAdds(layer); });
}

int64_t Parameters(const Network& network) {
  return Sum(network, [](const Layer& layer) { return Parameters(layer); });
}

int64_t Biases(const Network& network) {
  return Sum(network, [](const Layer& layer) { return Biases(layer); });
}

}  // namespace mobilenet
