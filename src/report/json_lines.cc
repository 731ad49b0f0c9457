#include "src/report/json_lines.h"

#include "src/base/base64.h"
#include "src/base/folder_below.h"
#include "src/json/json_writer.h"
#include "src/report/layer_json.h"

namespace mobilenet {
namespace {

void WritePrediction(JsonWriter& json, const Prediction& prediction) {
  json.BeginObject();
  json.Integer("class_index", prediction.class_index);
  json.String("label", prediction.label);
  json.Significant("score", static_cast<double>(prediction.score), kScoreDigits);
  json.EndObject();
}

}  // namespace

std::string JsonLine(const ClassifyRow& row, const RecordFields& fields) {
  JsonWriter json;
  json.BeginObject();
  json.String("path", row.path);
  if (fields.frame) {
    json.Integer("frame", row.frame.value_or(0));
  }
  json.Integer("width", row.width);
  json.Integer("height", row.height);
  json.Key("predictions");
  json.BeginArray();
  if (!row.error) {
    for (const Prediction& prediction : row.predictions) WritePrediction(json, prediction);
  }
  json.EndArray();
  json.Fixed("decode_ms", row.decode_ms, kTimeDecimals);
  json.Fixed("preprocess_ms", row.preprocess_ms, kTimeDecimals);
  json.Fixed("inference_ms", row.inference_ms, kTimeDecimals);
  json.OptionalString("error", row.error);
  json.OptionalString("damaged", row.damaged);
  if (fields.stamp) {
    json.Key("file_bytes");
    row.stamp ? json.Integer(row.stamp->file_bytes) : json.Null();
    json.Key("modified");
    row.stamp ? json.String(row.stamp->modified) : json.Null();
  }
  if (fields.features) {
    json.String("class", FolderBelow(row.path, fields.dataset).value_or(""));
    json.Key("features");
    json.BeginArray();
    if (!row.error) {
      for (const std::vector<uint8_t>& view : row.features) json.String(Base64Text(view));
    }
    json.EndArray();
  }
  if (fields.layers) {
    json.Key("layers");
    WriteLayers(json, row.error ? std::vector<LayerRow>() : row.layers);
  }
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
