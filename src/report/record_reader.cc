#include "src/report/record_reader.h"

#include <cstdint>
#include <utility>
#include <variant>
#include <vector>

#include "src/base/parse_number.h"
#include "src/json/json.h"
#include "src/report/csv.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

// The cells of one line, quotes undone.
std::optional<std::vector<std::string>> ReadCells(std::string_view line) {
  std::vector<std::string> cells(1);
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == ',') {
      cells.emplace_back();
    } else if (line[i] != '"') {
      cells.back() += line[i];
    } else {
      for (++i;; ++i) {
        if (i == line.size()) return std::nullopt;
        if (line[i] == '"' && (i + 1 == line.size() || line[i + 1] != '"')) break;
        if (line[i] == '"') ++i;
        cells.back() += line[i];
      }
    }
  }
  return cells;
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
  const auto names = ReadCells(header);
  const auto cells = ReadCells(line);
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
  std::string_view text = *path;
  if (text.starts_with('\'') && CsvTextNeedsPrefix(text.substr(1))) text.remove_prefix(1);
  const auto unescaped = UnescapedText(text);
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

}  // namespace mobilenet
