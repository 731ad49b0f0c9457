#include "src/report/record_reader.h"

#include <cmath>
#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/base64.h"
#include "src/base/parse_number.h"
#include "src/json/json.h"
#include "src/report/csv.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

constexpr int64_t kMostClasses = 1'000'000;

// A CSV cell's text as it was before it became a cell.
std::optional<std::string> TextOf(std::string_view cell) {
  if (cell.starts_with('\'') && CsvTextNeedsPrefix(cell.substr(1))) cell.remove_prefix(1);
  return UnescapedText(cell);
}

}  // namespace

std::optional<RecordKey> ReadJsonRecord(std::string_view line) {
  auto record = TryParseJson(line);
  if (!record) return std::nullopt;
  Json* const path = record->Find("path");
  const Json* const error = record->Find("error");
  if (!path || !path->String() || !error) return std::nullopt;
  RecordKey key{std::move(std::get<std::string>(path->scalar)), {}, !error->is_null()};
  const Json* const file_bytes = record->Find("file_bytes");
  const Json* const modified = record->Find("modified");
  if (file_bytes && file_bytes->Integer() && modified && modified->String()) {
    key.stamp = FileStamp{*file_bytes->Integer(), *modified->String()};
  }
  return key;
}

std::optional<RecordKey> ReadCsvRecord(std::string_view line, std::string_view header) {
  const auto names = CsvCells(header);
  const auto cells = CsvCells(line);
  if (!names || !cells || names->size() != cells->size()) return std::nullopt;
  const auto cell = [&](std::string_view name) -> const std::string* {
    for (size_t i = 0; i < names->size(); ++i) {
      if ((*names)[i] == name) return &(*cells)[i];
    }
    return nullptr;
  };
  const std::string* const path = cell("path");
  const std::string* const error = cell("error");
  if (path == nullptr || error == nullptr) return std::nullopt;
  const auto unescaped = TextOf(*path);
  if (!unescaped) return std::nullopt;
  RecordKey key{*unescaped, {}, !error->empty()};
  const std::string* const file_bytes = cell("file_bytes");
  const std::string* const modified = cell("modified");
  if (file_bytes != nullptr && modified != nullptr && !modified->empty()) {
    const auto bytes = ParseNumber<int64_t>(*file_bytes);
    if (!bytes) return std::nullopt;
    key.stamp = FileStamp{*bytes, *modified};
  }
  return key;
}

std::optional<std::vector<Prediction>> ReadJsonPredictions(std::string_view line) {
  const auto record = TryParseJson(line);
  const Json* const list = record ? record->Find("predictions") : nullptr;
  if (!list || !list->is_array()) return std::nullopt;
  std::vector<Prediction> predictions;
  for (const Json& one : list->elements) {
    const Json* const class_index = one.Find("class_index");
    const Json* const label = one.Find("label");
    const Json* const score = one.Find("score");
    if (!class_index || !class_index->Integer() || !label || !label->String() || !score || !score->Number() ||
        *class_index->Integer() < 0 || *class_index->Integer() >= kMostClasses) {
      return std::nullopt;
    }
    predictions.push_back(
        {static_cast<int>(*class_index->Integer()), *label->String(), static_cast<float>(*score->Number())});
  }
  return predictions;
}

std::optional<RecordedFeatures> ReadJsonFeatures(std::string_view line) {
  const auto record = TryParseJson(line);
  const Json* const class_name = record ? record->Find("class") : nullptr;
  const Json* const list = record ? record->Find("features") : nullptr;
  if (!class_name || !class_name->String() || !list || !list->is_array()) return std::nullopt;
  RecordedFeatures features{*class_name->String(), {}};
  for (const Json& one : list->elements) {
    auto bytes = one.String() ? BytesOfBase64(*one.String()) : std::nullopt;
    if (!bytes) return std::nullopt;
    features.views.push_back(std::move(*bytes));
  }
  return features;
}

std::optional<std::vector<Prediction>> ReadCsvPredictions(std::string_view line, std::string_view header) {
  const auto names = CsvCells(header);
  const auto cells = CsvCells(line);
  if (!names || !cells || names->size() != cells->size()) return std::nullopt;
  std::vector<Prediction> predictions;
  for (size_t i = 0; i + 2 < cells->size(); ++i) {
    if (!(*names)[i].starts_with("class_index_") || (*cells)[i].empty()) continue;
    const auto class_index = ParseNumberWithin((*cells)[i], 0, kMostClasses - 1);
    const auto label = TextOf((*cells)[i + 1]);
    const auto score = ParseNumber<float>((*cells)[i + 2]);
    if (!class_index || !label || !score || !std::isfinite(*score)) return std::nullopt;
    predictions.push_back({static_cast<int>(*class_index), *label, *score});
  }
  return predictions;
}

}  // namespace mobilenet
