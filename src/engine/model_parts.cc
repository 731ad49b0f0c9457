#include "src/engine/model_parts.h"

#include <filesystem>

#include "src/json/json.h"

namespace mobilenet {

Safetensors::Metadata OwnMetadata(const ModelFile& file) {
  Safetensors::Metadata metadata;
  for (const auto& [key, value] : file.metadata()) {
    if (key.starts_with("mobilenet.")) metadata[key] = value;
  }
  return metadata;
}

std::string SourceOf(const ModelFile& file, std::string_view made_by,
                     const std::function<void(JsonWriter& json)>& write_more) {
  JsonWriter json;
  json.BeginObject();
  json.String("files", std::filesystem::path(file.path()).filename().string());
  json.String("sha256", file.Sha256());
  json.String("made_by", made_by);
  write_more(json);
  const auto found = file.metadata().find("mobilenet.source");
  if (found != file.metadata().end()) {
    const Json source = ParseJson(found->second, file.path() + ": mobilenet.source");
    const Json* license = source.Find("license");
    if (license && license->String()) json.String("license", *license->String());
    json.Key("source");
    json.Value(source);
  }
  json.EndObject();
  return json.text();
}

}  // namespace mobilenet
