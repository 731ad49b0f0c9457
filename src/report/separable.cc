#include "src/report/separable.h"

#include <utility>
#include <variant>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/network_title.h"

namespace mobilenet {
namespace {

using Cell = ReportTable::Cell;

constexpr int kRatioDigits = 6;

double Quotient(int64_t part, int64_t whole) {
  return static_cast<double>(part) / static_cast<double>(whole);
}

SeparableRow MakeRow(const Layer& depthwise, const Layer& pointwise) {
  const Window& window = std::get<Depthwise>(depthwise.op).window;
  SeparableRow row;
  row.depthwise = depthwise.name;
  row.pointwise = pointwise.name;
  row.kernel = {window.kernel_height, window.kernel_width};
  row.input_channels = depthwise.output.back();
  row.output_channels = pointwise.output.back();
  row.output_shape = pointwise.output;
  row.mult_adds = MultAdds(depthwise) + MultAdds(pointwise);
  row.parameters = Parameters(depthwise) + Parameters(pointwise);
  row.standard_parameters = ElementCount(row.kernel) * row.input_channels * row.output_channels;
  row.standard_mult_adds = row.standard_parameters * row.output_shape[0] * row.output_shape[1];
  row.ratio = Quotient(row.mult_adds, row.standard_mult_adds);
  row.formula =
      1.0 / static_cast<double>(row.output_channels) + 1.0 / static_cast<double>(ElementCount(row.kernel));
  return row;
}

Cell RatioCell(double ratio) {
  return {FixedText(ratio, 4), SignificantText(ratio, kRatioDigits)};
}

}  // namespace

SeparableReport MakeSeparableReport(const Network& network) {
  SeparableReport report;
  report.architecture = network.architecture;
  report.width_multiplier = network.width_multiplier;
  report.resolution = network.resolution;
  report.classes = network.classes;
  report.mult_adds = report.standard_mult_adds = MultAdds(network);
  report.parameters = report.standard_parameters = Parameters(network);
  const auto readers = ReadersOf(network.layers);
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& depthwise = network.layers[i];
    if (!std::holds_alternative<Depthwise>(depthwise.op) || readers[i + 1].size() != 1) continue;
    const Layer& reader = network.layers[readers[i + 1][0]];
    if (!IsPointwise(reader)) continue;
    SeparableRow row = MakeRow(depthwise, reader);
    report.standard_mult_adds += row.standard_mult_adds - row.mult_adds;
    report.standard_parameters += row.standard_parameters - row.parameters;
    report.rows.push_back(std::move(row));
  }
  return report;
}

std::string SeparableTable(const SeparableReport& report, TableFormat format) {
  ReportTable table({{"depthwise", "depthwise"},
                     {"pointwise", "pointwise"},
                     {"kernel", "kernel"},
                     {"input_channels", "M", Align::kRight},
                     {"output_channels", "N", Align::kRight},
                     {"output_shape", "output"},
                     {"mult_adds", "mult-adds", Align::kRight},
                     {"standard_mult_adds", "standard", Align::kRight},
                     {"ratio", "ratio", Align::kRight},
                     {"formula", "1/N + 1/K^2", Align::kRight},
                     {"parameters", "parameters", Align::kRight},
                     {"standard_parameters", "standard", Align::kRight}});
  for (const SeparableRow& row : report.rows) {
    table.AddRow({ReportTable::Same(row.depthwise), ReportTable::Same(row.pointwise),
                  ReportTable::Same(StrJoin(row.kernel, "x")), ReportTable::Integer(row.input_channels),
                  ReportTable::Integer(row.output_channels),
                  ReportTable::Same(StrJoin(row.output_shape, "x")), ReportTable::Integer(row.mult_adds),
                  ReportTable::Integer(row.standard_mult_adds), RatioCell(row.ratio), RatioCell(row.formula),
                  ReportTable::Integer(row.parameters), ReportTable::Integer(row.standard_parameters)});
  }
  const Cell none;
  table.SetTotal({{"whole network", ""},
                  none,
                  none,
                  none,
                  none,
                  none,
                  ReportTable::Integer(report.mult_adds),
                  ReportTable::Integer(report.standard_mult_adds),
                  RatioCell(Quotient(report.mult_adds, report.standard_mult_adds)),
                  none,
                  ReportTable::Integer(report.parameters),
                  ReportTable::Integer(report.standard_parameters)});
  if (format == TableFormat::kCsv) return table.Csv();
  std::string text = StrCat(ShownText(NetworkTitle(report), format), "\n\n", table.Format(format), "\n");
  if (report.rows.empty()) {
    text += "no depthwise separable convolutions (a depthwise one that only a pointwise one reads)\n";
    return text;
  }
  text += ShownText(
      "standard: one convolution with the kernel from M to N channels instead of the two "
      "(arXiv 1704.04861, section 3.1); the whole network includes the layers not listed",
      format);
  return text + "\n";
}

std::string SeparableJson(const SeparableReport& report) {
  JsonWriter json;
  json.BeginObject();
  WriteNetworkTitle(json, report);
  json.Key("layers");
  json.BeginArray();
  for (const SeparableRow& row : report.rows) {
    json.BeginObject();
    json.String("depthwise", row.depthwise);
    json.String("pointwise", row.pointwise);
    json.ShapeArray("kernel", row.kernel);
    json.Integer("input_channels", row.input_channels);
    json.Integer("output_channels", row.output_channels);
    json.ShapeArray("output_shape", row.output_shape);
    json.Integer("mult_adds", row.mult_adds);
    json.Integer("standard_mult_adds", row.standard_mult_adds);
    json.Integer("parameters", row.parameters);
    json.Integer("standard_parameters", row.standard_parameters);
    json.Significant("ratio", row.ratio, kRatioDigits);
    json.Significant("formula", row.formula, kRatioDigits);
    json.EndObject();
  }
  json.EndArray();
  json.Integer("mult_adds", report.mult_adds);
  json.Integer("standard_mult_adds", report.standard_mult_adds);
  json.Integer("parameters", report.parameters);
  json.Integer("standard_parameters", report.standard_parameters);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
