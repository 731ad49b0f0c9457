#include "src/report/layer_json.h"

namespace mobilenet {

void WriteLayerMembers(JsonWriter& json, const LayerRow& layer) {
  json.String("name", layer.name);
  json.String("operator", layer.op);
  json.ShapeArray("output_shape", layer.output_shape);
  json.Integer("mult_adds", layer.mult_adds);
  json.Integer("parameters", layer.parameters);
  json.Fixed("latency_ms", layer.latency_ms, kTimeDecimals);
  json.String("backend", layer.backend);
  json.String("kernel", layer.kernel);
}

void WriteLayers(JsonWriter& json, const std::vector<LayerRow>& layers) {
  json.BeginArray();
  for (const LayerRow& layer : layers) {
    json.BeginObject();
    WriteLayerMembers(json, layer);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace mobilenet
