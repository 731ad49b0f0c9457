#include "src/engine/backend.h"

#include <utility>

namespace mobilenet {

LayerTask WholeLayer(const Layer& layer, DataType type, LayerWeights weights) {
  LayerTask task{layer, type, std::move(weights), {}, {}};
  task.channels = {0, layer.output.back()};
  if (const Window* window = WindowOf(layer)) task.padding = window->padding;
  return task;
}

}  // namespace mobilenet
