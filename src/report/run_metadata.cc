#include "src/report/run_metadata.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/parse_number.h"
#include "src/report/json_writer.h"
#include "src/report/record_reader.h"

namespace mobilenet {
namespace {

constexpr int kOptionDigits = 6;

void WriteSettings(JsonWriter& json, const RecordSettings& settings) {
  json.BeginObject();
  json.String("format", settings.format);
  json.String("model_sha256", settings.model_sha256);
  json.OptionalString("labels_sha256", settings.labels_sha256);
  json.Integer("top_k", settings.top_k);
  json.Significant("threshold", settings.threshold, kOptionDigits);
  json.String("resize", settings.resize);
  json.String("decode", settings.decode);
  json.String("precision", settings.precision);
  json.Boolean("layers", settings.layers);
  json.String("shard", settings.shard);
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
  json.String("version", metadata.version);
  json.String("started", metadata.started);
  json.String("board", metadata.board);
  json.String("model", metadata.model);
  json.String("backend", metadata.backend);
  json.String("isa", metadata.isa);
  json.String("schedule", metadata.schedule);
  json.Integer("threads", metadata.threads);
  json.Integer("decode_threads", metadata.decode_threads);
  json.Integer("max_pixels", metadata.max_pixels);
  json.Significant("max_decode_ms", metadata.max_decode_ms, kOptionDigits);
  json.Boolean("accept_damaged", metadata.accept_damaged);
  json.Key("records");
  WriteSettings(json, metadata.records);
  json.Boolean("is_complete", metadata.is_complete);
  json.Integer("images", metadata.images);
  json.Integer("failures", metadata.failures);
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
  return PartMetadata{*format, *shard, Find(Members(text), "is_complete") == "true",
                      ParseNumber<int64_t>(Find(Members(text), "images")).value_or(0)};
}

std::string JoinedMetadataJson(std::string_view part, bool is_complete, int64_t images, int64_t failures) {
  return WithMembers(Members(part), {{"records", WithMembers(Settings(part), {{"shard", "\"1/1\""}})},
                                     {"is_complete", is_complete ? "true" : "false"},
                                     {"images", std::to_string(images)},
                                     {"failures", std::to_string(failures)}}) +
         "\n";
}

}  // namespace mobilenet
