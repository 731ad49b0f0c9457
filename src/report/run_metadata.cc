#include "src/report/run_metadata.h"

#include "src/base/error.h"
#include "src/report/json_writer.h"
#include "src/report/record_reader.h"

namespace mobilenet {
namespace {

constexpr int kOptionDigits = 6;

void WriteSettings(JsonWriter& json, const RecordSettings& settings) {
  json.BeginObject();
  json.Key("format");
  json.String(settings.format);
  json.Key("model_sha256");
  json.String(settings.model_sha256);
  json.Key("labels_sha256");
  settings.labels_sha256 ? json.String(*settings.labels_sha256) : json.Null();
  json.Key("top_k");
  json.Integer(settings.top_k);
  json.Key("threshold");
  json.Significant(settings.threshold, kOptionDigits);
  json.Key("resize");
  json.String(settings.resize);
  json.Key("decode");
  json.String(settings.decode);
  json.Key("precision");
  json.String(settings.precision);
  json.Key("layers");
  json.Bool(settings.layers);
  json.Key("shard");
  json.String(settings.shard);
  json.EndObject();
}

JsonMembers Settings(std::string_view metadata) {
  while (metadata.ends_with('\n')) metadata.remove_suffix(1);
  const auto members = ReadJsonMembers(metadata);
  if (!members) return {};
  for (const auto& [name, value] : *members) {
    if (name == "records") return ReadJsonMembers(value).value_or(JsonMembers());
  }
  return {};
}

}  // namespace

std::string RunMetadataJson(const RunMetadata& metadata) {
  JsonWriter json;
  json.BeginObject();
  json.Key("version");
  json.String(metadata.version);
  json.Key("started");
  json.String(metadata.started);
  json.Key("board");
  json.String(metadata.board);
  json.Key("model");
  json.String(metadata.model);
  json.Key("backend");
  json.String(metadata.backend);
  json.Key("threads");
  json.Integer(metadata.threads);
  json.Key("decode_threads");
  json.Integer(metadata.decode_threads);
  json.Key("max_pixels");
  json.Integer(metadata.max_pixels);
  json.Key("max_decode_ms");
  json.Significant(metadata.max_decode_ms, kOptionDigits);
  json.Key("records");
  WriteSettings(json, metadata.records);
  json.Key("is_complete");
  json.Bool(metadata.is_complete);
  json.Key("images");
  json.Integer(metadata.images);
  json.Key("failures");
  json.Integer(metadata.failures);
  json.EndObject();
  return json.text() + "\n";
}

std::optional<std::string> SettingsDifference(std::string_view there, std::string_view here,
                                              std::string_view ignored) {
  const JsonMembers old_settings = Settings(there);
  for (const auto& [name, value] : Settings(here)) {
    if (name == ignored) continue;
    std::string_view old_value = "none";
    for (const auto& [old_name, found] : old_settings) {
      if (old_name == name) old_value = found;
    }
    if (old_value != value) return StrCat(name, ": ", old_value, " there, ", value, " here");
  }
  return std::nullopt;
}

}  // namespace mobilenet
