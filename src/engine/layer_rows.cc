#include "src/engine/layer_rows.h"

#include <string>

namespace mobilenet {

std::vector<LayerRow> LayerRows(const Plan& plan) {
  std::vector<LayerRow> rows;
  const std::vector<LayerRun> runs = plan.LayerRuns();
  for (size_t i = 0; i < runs.size(); ++i) {
    const Layer& layer = plan.network().layers[i];
    rows.push_back({layer.name, OperatorName(layer), layer.output, MultAdds(layer), Parameters(layer),
                    runs[i].latency_ms, std::string(runs[i].backend), runs[i].kernel});
  }
  return rows;
}

}  // namespace mobilenet
