#include "src/report/json_lines.h"

#include "src/report/json_writer.h"
#include "src/report/layer_json.h"

namespace mobilenet {
namespace {

void WritePrediction(JsonWriter& json, const Prediction& prediction) {
  json.BeginObject();
  json.Key("class_index");
  json.Integer(prediction.class_index);
  json.Key("label");
  json.String(prediction.label);
  json.Key("score");
  json.Significant(static_cast<double>(prediction.score), kScoreDigits);
  json.EndObject();
}

}  // namespace

std::string JsonLine(const ClassifyRow& row, const RecordFields& fields) {
  JsonWriter json;
  json.BeginObject();
  json.Key("path");
  json.String(row.path);
  if (fields.frame) {
    json.Key("frame");
    json.Integer(row.frame.value_or(0));
  }
  json.Key("width");
  json.Integer(row.width);
  json.Key("height");
  json.Integer(row.height);
  json.Key("predictions");
  json.BeginArray();
  if (!row.error) {
    for (const Prediction& prediction : row.predictions) WritePrediction(json, prediction);
  }
  json.EndArray();
  json.Key("decode_ms");
  json.Fixed(row.decode_ms, kTimeDecimals);
  json.Key("preprocess_ms");
  json.Fixed(row.preprocess_ms, kTimeDecimals);
  json.Key("inference_ms");
  json.Fixed(row.inference_ms, kTimeDecimals);
  json.Key("error");
  row.error ? json.String(*row.error) : json.Null();
  if (fields.stamp) {
    json.Key("file_bytes");
    row.stamp ? json.Integer(row.stamp->file_bytes) : json.Null();
    json.Key("modified");
    row.stamp ? json.String(row.stamp->modified) : json.Null();
  }
  if (fields.layers) {
    json.Key("layers");
    WriteLayers(json, row.error ? std::vector<LayerRow>() : row.layers);
  }
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
