#include "src/report/network_comparison.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/network_title.h"

namespace mobilenet {
namespace {

using Cell = ReportTable::Cell;

Cell MillionsCell(int64_t count) {
  return {FixedText(Millions(count), 2), std::to_string(count)};
}

Cell MegabytesCell(std::optional<int64_t> bytes) {
  return bytes ? MillionsCell(*bytes) : Cell{"-", ""};
}

Cell PercentCell(std::optional<double> percent) {
  return percent
             ? Cell{FixedText(*percent, kShownPercentDecimals), ShortFixedText(*percent, kRawPercentDecimals)}
             : Cell{"-", ""};
}

// "top-1 of alexnet, googlenet: arXiv 1704.04861", one line per source.
std::vector<std::string> Sources(std::span<const ComparisonRow> rows) {
  std::vector<std::pair<std::string, std::vector<std::string>>> sources;
  for (const ComparisonRow& row : rows) {
    if (!row.published_top1_percent) continue;
    const auto is_it = [&](const auto& source) { return source.first == row.published_top1_source; };
    auto source = std::find_if(sources.begin(), sources.end(), is_it);
    if (source == sources.end()) source = sources.insert(source, {row.published_top1_source, {}});
    source->second.push_back(row.name);
  }
  std::vector<std::string> lines;
  for (const auto& [source, names] : sources) {
    lines.push_back(StrCat("top-1 of ", StrJoin(names), ": ", source));
  }
  return lines;
}

std::vector<std::string> Notes(std::span<const ComparisonRow> rows) {
  std::vector<std::string> notes = {
      "layers: those with weights; M: millions, weights without biases; 1 mult-add = 2 FLOPs",
      "peak: memory of the feature maps, one operator per layer; u8 needs as much as s8",
      "file: the tensors, without the header (mostly labels, 30 to 60 KB for 1000 classes)",
  };
  for (std::string& source : Sources(rows)) notes.push_back(std::move(source));
  return notes;
}

}  // namespace

std::string ComparisonTable(std::span<const ComparisonRow> rows, TableFormat format) {
  std::vector<ReportTable::Column> columns;
  std::vector<std::vector<Cell>> cells(rows.size());
  const auto add = [&](std::string key, std::string header, Align align, const auto& cell_of) {
    columns.push_back({std::move(key), std::move(header), align});
    for (size_t i = 0; i < rows.size(); ++i) cells[i].push_back(cell_of(rows[i]));
  };
  const bool is_csv = format == TableFormat::kCsv;
  const auto text = [](std::string ComparisonRow::*field) {
    return [field](const ComparisonRow& row) { return ReportTable::Same(row.*field); };
  };
  add("name", "network", Align::kLeft, text(&ComparisonRow::name));
  if (is_csv) {
    add("architecture", "", Align::kLeft, text(&ComparisonRow::architecture));
    add("width_multiplier", "", Align::kRight, [](const ComparisonRow& row) {
      return ReportTable::Same(SignificantText(row.width_multiplier, kWidthMultiplierDigits));
    });
  }
  add("input_shape", "input", Align::kLeft,
      [](const ComparisonRow& row) { return ReportTable::Same(StrJoin(row.input_shape, "x")); });
  add("classes", "classes", Align::kRight,
      [](const ComparisonRow& row) { return ReportTable::Integer(row.classes); });
  add("layers", "layers", Align::kRight,
      [](const ComparisonRow& row) { return ReportTable::Integer(row.layers); });
  const auto count = [](int64_t ComparisonRow::*field) {
    return [field](const ComparisonRow& row) { return MillionsCell(row.*field); };
  };
  const auto size = [](auto field) {
    return [field](const ComparisonRow& row) { return MegabytesCell(row.*field); };
  };
  add("mult_adds", "M mult-adds", Align::kRight, count(&ComparisonRow::mult_adds));
  add("parameters", "M parameters", Align::kRight, count(&ComparisonRow::parameters));
  if (is_csv) add("biases", "", Align::kRight, count(&ComparisonRow::biases));
  add("activation_peak_f32_bytes", "peak f32 MB", Align::kRight,
      size(&ComparisonRow::activation_peak_f32_bytes));
  add("activation_peak_s8_bytes", "s8 MB", Align::kRight, size(&ComparisonRow::activation_peak_s8_bytes));
  add("file_f32_bytes", "file f32 MB", Align::kRight, size(&ComparisonRow::file_f32_bytes));
  add("file_s8_bytes", "s8 MB", Align::kRight, size(&ComparisonRow::file_s8_bytes));
  add("file_u8_bytes", "u8 MB", Align::kRight, size(&ComparisonRow::file_u8_bytes));
  add("published_top1_percent", "top-1 %", Align::kRight,
      [](const ComparisonRow& row) { return PercentCell(row.published_top1_percent); });
  if (is_csv) {
    add("published_top1_source", "", Align::kLeft, text(&ComparisonRow::published_top1_source));
  }

  ReportTable table(std::move(columns));
  for (auto& row : cells) table.AddRow(std::move(row));
  std::string out = table.Format(format);
  if (is_csv) return out;
  out += "\n";
  for (const std::string& note : Notes(rows)) {
    out += StrCat(format == TableFormat::kMarkdown ? "- " : "", ShownText(note, format), "\n");
  }
  return out;
}

std::string ComparisonJson(std::span<const ComparisonRow> rows) {
  std::string lines;
  for (const ComparisonRow& row : rows) {
    JsonWriter json;
    json.BeginObject();
    json.String("name", row.name);
    json.String("architecture", row.architecture);
    json.Significant("width_multiplier", row.width_multiplier, kWidthMultiplierDigits);
    json.ShapeArray("input_shape", row.input_shape);
    json.Integer("classes", row.classes);
    json.Integer("layers", row.layers);
    json.Integer("mult_adds", row.mult_adds);
    json.Integer("parameters", row.parameters);
    json.Integer("biases", row.biases);
    json.Integer("activation_peak_f32_bytes", row.activation_peak_f32_bytes);
    json.Integer("activation_peak_s8_bytes", row.activation_peak_s8_bytes);
    json.Integer("file_f32_bytes", row.file_f32_bytes);
    json.Integer("file_s8_bytes", row.file_s8_bytes);
    json.Integer("file_u8_bytes", row.file_u8_bytes);
    json.Key("published_top1_percent");
    row.published_top1_percent ? json.Fixed(*row.published_top1_percent, kRawPercentDecimals) : json.Null();
    json.OptionalString("published_top1_source", row.published_top1_source.empty()
                                                     ? std::nullopt
                                                     : std::optional(row.published_top1_source));
    json.EndObject();
    lines += json.text() + "\n";
  }
  return lines;
}

}  // namespace mobilenet
