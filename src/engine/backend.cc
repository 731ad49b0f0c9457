#include "src/engine/backend.h"

#include <algorithm>
#include <utility>

namespace mobilenet {

Operand MakeOperand(const Shape& shape, const Quantization& quantization, void* data) {
  return {shape, quantization, data, shape.back()};
}

LayerTask WholeLayer(const Layer& layer, DataType type, LayerWeights weights) {
  LayerTask task{layer, type, std::move(weights)};
  task.inputs.assign(std::max<size_t>(layer.inputs.size(), 1), MakeOperand(layer.input));
  task.output = MakeOperand(layer.output);
  task.channels = {0, layer.output.back()};
  if (const Window* window = WindowOf(layer)) task.padding = window->padding;
  return task;
}

}  // namespace mobilenet
