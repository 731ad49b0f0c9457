#include "src/report/layer_types.h"

#include <algorithm>

namespace mobilenet {

std::vector<LayerTypeRow> LayerTypes(std::span<const BenchLayerRow> layers) {
  std::vector<LayerTypeRow> types;
  for (const BenchLayerRow& row : layers) {
    const auto is_it = [&](const LayerTypeRow& other) { return other.type == row.type; };
    auto type = std::find_if(types.begin(), types.end(), is_it);
    if (type == types.end()) {
      type = types.insert(types.end(), LayerTypeRow{});
      type->type = row.type;
    }
    ++type->layers;
    type->mult_adds += row.layer.mult_adds;
    type->parameters += row.layer.parameters;
    type->moved_bytes += row.moved_bytes;
    type->latency_ms += row.layer.latency_ms;
  }
  std::stable_sort(types.begin(), types.end(),
                   [](const auto& a, const auto& b) { return a.latency_ms > b.latency_ms; });
  return types;
}

}  // namespace mobilenet
