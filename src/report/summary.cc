#include "src/report/summary.h"

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/network_title.h"

namespace mobilenet {
namespace {

using Cell = ReportTable::Cell;

constexpr int kLrnDigits = 6;  // as many as a float surely holds

// "568.74 M (568,740,352)"
std::string MillionsText(int64_t count) {
  return StrCat(FixedText(Millions(count), 2), " M (", GroupedText(count), ")");
}

ReportTable LayersTable(const SummaryReport& report) {
  ReportTable table({{"name", "layer"},
                     {"type", "type / stride"},
                     {"filter_shape", "filter shape"},
                     {"input_shape", "input size"},
                     {"output_shape", "output size"},
                     {"mult_adds", "mult-adds", Align::kRight},
                     {"parameters", "parameters", Align::kRight}});
  const auto shape = [](const Shape& extents) {
    return Cell{StrJoin(extents, " x "), StrJoin(extents, "x")};
  };
  for (const SummaryLayerRow& layer : report.layers) {
    table.AddRow({ReportTable::Same(layer.name), ReportTable::Same(layer.type),
                  ReportTable::Same(layer.filter_shape), shape(layer.input_shape), shape(layer.output_shape),
                  ReportTable::Count(layer.mult_adds), ReportTable::Count(layer.parameters)});
  }
  table.SetTotal({{"total", ""},
                  {},
                  {},
                  {},
                  {},
                  ReportTable::Count(report.mult_adds),
                  ReportTable::Count(report.parameters)});
  return table;
}

ReportTable GroupsTable(const SummaryReport& report) {
  ReportTable table({{"type", "type"},
                     {"mult_adds", "mult-adds", Align::kRight},
                     {"mult_adds_percent", "%", Align::kRight},
                     {"parameters", "parameters", Align::kRight},
                     {"parameters_percent", "%", Align::kRight}});
  for (const SummaryGroupRow& group : report.groups) {
    table.AddRow({ReportTable::Same(group.type), ReportTable::Count(group.mult_adds),
                  ReportTable::Same(FixedText(group.mult_adds_percent, 2)),
                  ReportTable::Count(group.parameters),
                  ReportTable::Same(FixedText(group.parameters_percent, 2))});
  }
  return table;
}

void WriteLayer(JsonWriter& json, const SummaryLayerRow& layer) {
  json.BeginObject();
  json.String("name", layer.name);
  json.String("type", layer.type);
  json.String("filter_shape", layer.filter_shape);
  json.ShapeArray("input_shape", layer.input_shape);
  json.ShapeArray("output_shape", layer.output_shape);
  json.Integer("mult_adds", layer.mult_adds);
  json.Integer("parameters", layer.parameters);
  json.String("operator", layer.op);
  json.Key("inputs");
  json.BeginArray();
  for (const std::string& input : layer.inputs) json.String(input);
  json.EndArray();
  json.String("activation", layer.activation);
  if (!layer.kernel.empty()) {
    json.ShapeArray("kernel", layer.kernel);
    json.Integer("stride", layer.stride);
    json.ShapeArray("padding", layer.padding);
    if (layer.groups != 0) json.Integer("groups", layer.groups);
  }
  if (layer.lrn) {
    json.Integer("size", layer.lrn->size);
    json.Significant("alpha", layer.lrn->alpha, kLrnDigits);
    json.Significant("beta", layer.lrn->beta, kLrnDigits);
    json.Significant("k", layer.lrn->k, kLrnDigits);
  }
  if (!layer.weights_shape.empty()) json.ShapeArray("weights_shape", layer.weights_shape);
  json.EndObject();
}

void WriteGroup(JsonWriter& json, const SummaryGroupRow& group) {
  json.BeginObject();
  json.String("type", group.type);
  json.Integer("mult_adds", group.mult_adds);
  json.Fixed("mult_adds_percent", group.mult_adds_percent, kRawPercentDecimals);
  json.Integer("parameters", group.parameters);
  json.Fixed("parameters_percent", group.parameters_percent, kRawPercentDecimals);
  json.EndObject();
}

}  // namespace

std::string SummaryText(const SummaryReport& report, TableFormat format) {
  if (format == TableFormat::kCsv) return LayersTable(report).Csv();
  std::string text =
      StrCat(ShownText(NetworkTitle(report), format), "\n\n", LayersTable(report).Format(format));
  const std::string_view bullet = format == TableFormat::kMarkdown ? "- " : "";
  text += StrCat("\n", bullet, "mult-adds  ", MillionsText(report.mult_adds), "\n", bullet, "parameters ",
                 MillionsText(report.parameters), " and ", GroupedText(report.biases), " biases\n\n");
  text += GroupsTable(report).Format(format);
  if (!report.notes.empty()) text += "\n";
  for (const std::string& note : report.notes) text += StrCat(bullet, ShownText(note, format), "\n");
  return text;
}

std::string SummaryJson(const SummaryReport& report) {
  JsonWriter json;
  json.BeginObject();
  WriteNetworkTitle(json, report);
  json.Key("layers");
  json.BeginArray();
  for (const SummaryLayerRow& layer : report.layers) WriteLayer(json, layer);
  json.EndArray();
  json.Integer("mult_adds", report.mult_adds);
  json.Integer("parameters", report.parameters);
  json.Integer("biases", report.biases);
  json.Key("groups");
  json.BeginArray();
  for (const SummaryGroupRow& group : report.groups) WriteGroup(json, group);
  json.EndArray();
  json.Key("notes");
  json.BeginArray();
  for (const std::string& note : report.notes) json.String(note);
  json.EndArray();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
