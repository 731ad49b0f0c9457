#include "src/report/run_metadata.h"

#include <algorithm>
#include <utility>
#include <vector>

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
  json.Boolean(settings.layers);
  json.Key("shard");
  json.String(settings.shard);
  json.EndObject();
}

JsonMembers Members(std::string_view metadata) {
  while (metadata.ends_with('\n')) metadata.remove_suffix(1);
  return ReadJsonMembers(metadata).value_or(JsonMembers());
}

// The member of that name, "" without one.
std::string_view Find(const JsonMembers& members, std::string_view wanted) {
  for (const auto& [name, value] : members) {
    if (name == wanted) return value;
  }
  return "";
}

JsonMembers Settings(std::string_view metadata) {
  return ReadJsonMembers(Find(Members(metadata), "records")).value_or(JsonMembers());
}

// The object with other values for some of its members.
std::string WithMembers(const JsonMembers& members,
                        const std::vector<std::pair<std::string_view, std::string>>& other) {
  std::string text;
  for (const auto& [name, value] : members) {
    text += StrCat(text.empty() ? "{" : ", ", '"', name, "\": ");
    const auto is_it = [&name = name](const auto& replaced) { return replaced.first == name; };
    const auto found = std::find_if(other.begin(), other.end(), is_it);
    text += found == other.end() ? std::string(value) : found->second;
  }
  return text + "}";
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
  json.Boolean(metadata.is_complete);
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
    const std::string_view old_value = Find(old_settings, name);
    if (old_value == value) continue;
    return StrCat(name, ": ", old_value.empty() ? "nothing" : old_value, " there, ", value, " here");
  }
  return std::nullopt;
}

std::optional<PartMetadata> ReadPartMetadata(std::string_view text) {
  const JsonMembers settings = Settings(text);
  const auto format = ReadJsonString(Find(settings, "format"));
  const auto shard = ReadJsonString(Find(settings, "shard"));
  if (!format || !shard) return std::nullopt;
  return PartMetadata{*format, *shard, Find(Members(text), "is_complete") == "true"};
}

std::string JoinedMetadataJson(std::string_view part, bool is_complete, int64_t images, int64_t failures) {
  return WithMembers(Members(part), {{"records", WithMembers(Settings(part), {{"shard", "\"1/1\""}})},
                                     {"is_complete", is_complete ? "true" : "false"},
                                     {"images", std::to_string(images)},
                                     {"failures", std::to_string(failures)}}) +
         "\n";
}

}  // namespace mobilenet
