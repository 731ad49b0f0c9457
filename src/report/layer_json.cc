#include "src/report/layer_json.h"

namespace mobilenet {
namespace {

void WriteLayer(JsonWriter& json, const LayerRow& layer) {
  json.BeginObject();
  json.Key("name");
  json.String(layer.name);
  json.Key("operator");
  json.String(layer.op);
  json.Key("output_shape");
  json.ShapeArray(layer.output_shape);
  json.Key("mult_adds");
  json.Integer(layer.mult_adds);
  json.Key("parameters");
  json.Integer(layer.parameters);
  json.Key("latency_ms");
  json.Fixed(layer.latency_ms, kTimeDecimals);
  json.Key("backend");
  json.String(layer.backend);
  json.Key("kernel");
  json.String(layer.kernel);
  json.EndObject();
}

}  // namespace

void WriteLayers(JsonWriter& json, const std::vector<LayerRow>& layers) {
  json.BeginArray();
  for (const LayerRow& layer : layers) WriteLayer(json, layer);
  json.EndArray();
}

}  // namespace mobilenet
