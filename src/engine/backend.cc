#include "src/engine/backend.h"

#include <utility>

namespace mobilenet {

RowPadding SameRowPadding(const Layer& layer) {
  const ConvWindow window = WindowOf(layer);
  if (window.kernel == 0) return {};
  const int rows = SamePadding(layer.input[0], window.kernel, window.stride);
  return {rows / 2, rows - rows / 2};
}

LayerTask WholeLayer(const Layer& layer, DataType type, LayerWeights weights) {
  LayerTask task{layer, type, std::move(weights), {}, {}};
  task.channels = {0, layer.output.back()};
  task.padding = SameRowPadding(layer);
  return task;
}

}  // namespace mobilenet
