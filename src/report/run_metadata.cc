#include "src/report/run_metadata.h"

#include "src/base/excerpt.h"
#include "src/base/str_cat.h"
#include "src/json/json.h"
#include "src/json/json_writer.h"
#include "src/report/machine_json.h"

namespace mobilenet {
namespace {

constexpr int kOptionDigits = 6;
constexpr int kScaleDigits = 9;  // enough to restore a float

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
  if (settings.features) {
    const FeatureSettings& features = *settings.features;
    json.Key("features");
    json.BeginObject();
    json.String("type", features.type);
    json.Integer("count", features.count);
    json.Significant("scale", features.scale, kScaleDigits);
    json.Integer("zero_point", features.zero_point);
    json.Integer("views", features.views);
    json.EndObject();
  }
  json.EndObject();
}

// The settings among the metadata; null if the text is not from RunMetadataJson.
const Json* Settings(const std::optional<Json>& metadata) {
  return metadata ? metadata->Find("records") : nullptr;
}

std::string ValueText(const Json* value) {
  if (value == nullptr) return "nothing";
  JsonWriter json;
  json.Value(*value);
  return json.text();
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
  if (metadata.cores.empty()) {
    json.Key("cores");
    json.Null();
  } else {
    WriteCores(json, "cores", metadata.cores);
  }
  json.Boolean("tuned", metadata.is_tuned);
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
  const auto old_metadata = TryParseJson(there);
  const auto new_metadata = TryParseJson(here);
  const Json* const old_settings = Settings(old_metadata);
  const Json* const new_settings = Settings(new_metadata);
  if (new_settings == nullptr) return std::nullopt;
  for (const std::string& name : new_settings->keys) {
    if (name == ignored) continue;
    const std::string old_value = ValueText(old_settings == nullptr ? nullptr : old_settings->Find(name));
    const std::string new_value = ValueText(new_settings->Find(name));
    if (old_value != new_value) {
      return StrCat(name, ": ", Excerpt(old_value), " there, ", Excerpt(new_value), " here");
    }
  }
  return std::nullopt;
}

std::optional<PartMetadata> ReadPartMetadata(std::string_view text) {
  const auto metadata = TryParseJson(text);
  const Json* const settings = Settings(metadata);
  if (settings == nullptr) return std::nullopt;
  const Json* const format = settings->Find("format");
  const Json* const shard = settings->Find("shard");
  if (!format || !format->String() || !shard || !shard->String()) return std::nullopt;
  const Json* const is_complete = metadata->Find("is_complete");
  const Json* const images = metadata->Find("images");
  if (!is_complete || !is_complete->Boolean() || !images || !images->Integer()) return std::nullopt;
  return PartMetadata{*format->String(), *shard->String(), *is_complete->Boolean(), *images->Integer()};
}

std::optional<RecordedModel> ReadRecordedModel(std::string_view text) {
  const auto metadata = TryParseJson(text);
  const Json* const settings = Settings(metadata);
  if (settings == nullptr) return std::nullopt;
  const auto text_of = [](const Json& object, std::string_view key) {
    const Json* const member = object.Find(key);
    return member && member->String() ? *member->String() : std::string();
  };
  const Json* const is_complete = metadata->Find("is_complete");
  RecordedModel recorded{.model = text_of(*metadata, "model"),
                         .model_sha256 = text_of(*settings, "model_sha256"),
                         .labels_sha256 = std::nullopt,
                         .resize = text_of(*settings, "resize"),
                         .decode = text_of(*settings, "decode"),
                         .precision = text_of(*settings, "precision"),
                         .is_complete = is_complete && is_complete->Boolean() && *is_complete->Boolean()};
  if (recorded.model_sha256.empty()) return std::nullopt;
  if (std::string labels = text_of(*settings, "labels_sha256"); !labels.empty())
    recorded.labels_sha256 = labels;
  return recorded;
}

std::optional<FeatureSettings> ReadFeatureSettings(std::string_view text) {
  const auto metadata = TryParseJson(text);
  const Json* const settings = Settings(metadata);
  const Json* const features = settings ? settings->Find("features") : nullptr;
  if (!features) return std::nullopt;
  const auto integer = [&](std::string_view key, int64_t low, int64_t high) {
    const Json* const member = features->Find(key);
    const int64_t* const value = member ? member->Integer() : nullptr;
    return value && *value >= low && *value <= high ? std::optional(*value) : std::nullopt;
  };
  const Json* const type = features->Find("type");
  const Json* const scale_member = features->Find("scale");
  const auto scale = scale_member ? scale_member->Number() : std::nullopt;
  const auto count = integer("count", 1, 1 << 28);
  const auto zero_point = integer("zero_point", -128, 255);
  const auto views = integer("views", 1, 100);
  if (!type || !type->String() || !scale || !count || !zero_point || !views) return std::nullopt;
  return FeatureSettings{*type->String(), *count, *scale, static_cast<int>(*zero_point),
                         static_cast<int>(*views)};
}

std::string JoinedMetadataJson(std::string_view part, bool is_complete, int64_t images, int64_t failures) {
  Json metadata = TryParseJson(part).value_or(Json());
  const auto set = [](Json* object, std::string_view key, auto value) {
    if (Json* const member = object ? object->Find(key) : nullptr) {
      member->kind = Json::Kind::kScalar;
      member->scalar = value;
      member->elements.clear();
      member->keys.clear();
    }
  };
  set(metadata.Find("records"), "shard", std::string("1/1"));
  set(&metadata, "is_complete", is_complete);
  set(&metadata, "images", images);
  set(&metadata, "failures", failures);
  return ValueText(&metadata) + "\n";
}

}  // namespace mobilenet
