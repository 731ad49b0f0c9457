#include "src/report/model_list.h"

#include <algorithm>
#include <filesystem>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/network_title.h"
#include "src/report/terminal_text.h"

namespace mobilenet {
namespace {

using Cell = ReportTable::Cell;

Cell CountCell(int count) {
  return count > 0 ? ReportTable::Integer(count) : Cell{"-", ""};
}

Cell TextCell(std::string_view text) {
  return {text.empty() ? "-" : TerminalText(text), std::string(text)};
}

// The folders of the models, each once, in the order of the rows.
std::vector<std::string> FoldersOf(std::span<const ModelListRow> rows) {
  std::vector<std::string> folders;
  for (const ModelListRow& row : rows) {
    if (!row.path) continue;
    std::string folder = std::filesystem::path(*row.path).parent_path().string();
    if (std::find(folders.begin(), folders.end(), folder) == folders.end()) {
      folders.push_back(std::move(folder));
    }
  }
  return folders;
}

}  // namespace

std::string ModelListTable(std::span<const ModelListRow> rows, TableFormat format) {
  const bool is_csv = format == TableFormat::kCsv;
  std::vector<ReportTable::Column> columns = {{"name", "name"}};
  if (is_csv) {
    for (const char* key : {"is_default", "architecture", "width_multiplier", "quantization"})
      columns.push_back({key, ""});
  }
  columns.insert(columns.end(), {{"resolution", "px", Align::kRight},
                                 {"classes", "classes", Align::kRight},
                                 {"top1", "top-1", Align::kRight},
                                 {"size_bytes", "MB", Align::kRight},
                                 {"license", "licence"},
                                 {"path", "here"}});
  ReportTable table(columns);
  const std::vector<std::string> folders = FoldersOf(rows);
  for (const ModelListRow& row : rows) {
    std::vector<Cell> cells = {
        {StrCat(TerminalText(row.name), row.is_default ? " (default)" : ""), row.name}};
    if (is_csv) {
      cells.push_back(ReportTable::Same(row.is_default ? "true" : "false"));
      cells.push_back(TextCell(row.architecture));
      cells.push_back(ReportTable::Same(
          row.architecture.empty() ? "" : SignificantText(row.width_multiplier, kWidthMultiplierDigits)));
      cells.push_back(TextCell(row.quantization));
    }
    cells.push_back(CountCell(row.resolution));
    cells.push_back(CountCell(row.classes));
    cells.push_back(row.top1 ? Cell{FixedText(*row.top1, kShownPercentDecimals),
                                    ShortFixedText(*row.top1, kRawPercentDecimals)}
                             : Cell{"-", ""});
    cells.push_back({FixedText(Millions(row.size_bytes), 1), std::to_string(row.size_bytes)});
    cells.push_back(TextCell(row.license));
    // People see the number of the folder, so that the table fits 80 columns; the file has the model's name.
    Cell place{"-", ""};
    if (row.path) {
      const auto folder =
          std::find(folders.begin(), folders.end(), std::filesystem::path(*row.path).parent_path().string());
      place = {std::to_string(folder - folders.begin() + 1), *row.path};
    }
    cells.push_back(std::move(place));
    table.AddRow(std::move(cells));
  }
  std::string text = table.Format(format);
  if (is_csv) return text;
  text += "\npx: pixels; top-1: published accuracy in percent; here: the folder that has it\n";
  for (size_t i = 0; i < folders.size(); ++i) {
    text += StrCat(format == TableFormat::kMarkdown ? "\n" : "", i + 1, ": ", ShownText(folders[i], format),
                   "\n");
  }
  return text;
}

std::string ModelListJson(std::span<const ModelListRow> rows) {
  std::string text;
  for (const ModelListRow& row : rows) {
    const auto known = [](int value) { return value > 0 ? std::optional<int64_t>(value) : std::nullopt; };
    const auto some = [](std::string_view value) {
      return value.empty() ? std::nullopt : std::optional<std::string>(value);
    };
    JsonWriter json;
    json.BeginObject();
    json.String("name", row.name);
    json.Boolean("is_default", row.is_default);
    json.OptionalString("architecture", some(row.architecture));
    json.Key("width_multiplier");
    if (row.architecture.empty()) {
      json.Null();
    } else {
      json.Significant(row.width_multiplier, kWidthMultiplierDigits);
    }
    json.OptionalString("quantization", some(row.quantization));
    json.Integer("resolution", known(row.resolution));
    json.Integer("classes", known(row.classes));
    json.Key("top1");
    if (row.top1) {
      json.Fixed(*row.top1, kRawPercentDecimals);
    } else {
      json.Null();
    }
    json.Integer("size_bytes", row.size_bytes);
    json.OptionalString("license", some(row.license));
    json.OptionalString("path", row.path);
    json.EndObject();
    text += json.text() + "\n";
  }
  return text;
}

}  // namespace mobilenet
