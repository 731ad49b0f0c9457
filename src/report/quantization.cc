#include "src/report/quantization.h"

#include <cmath>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/terminal_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

std::string EvaluationLines(const EvaluationReport& before) {
  const PairedRow& after = *before.compared;
  return StrCat("top-1 before  ", RightText(before.top1, before.images), "\ntop-1 after   ",
                RightText(after.top1, after.images), "\nright only before ", after.only_first,
                ", only after ", after.only_second,
                "; McNemar's exact test: p = ", FixedText(after.p_value, 3), "\n");
}

void WriteEvaluation(JsonWriter& json, const EvaluationReport& before) {
  const PairedRow& after = *before.compared;
  json.BeginObject();
  json.Integer("images", after.images);
  json.Integer("failed", before.failed);
  WriteRight(json, "before", before.top1);
  WriteRight(json, "after", after.top1);
  json.Integer("only_before", after.only_first);
  json.Integer("only_after", after.only_second);
  json.Significant("p_value", after.p_value, 6);
  json.EndObject();
}

}  // namespace

std::string QuantizationText(const QuantizationReport& report) {
  const std::string head =
      StrCat(TerminalText(report.output), ": ", FixedText(Millions(report.output_bytes), 1), " MB, ",
             report.type, ", of ", TerminalText(report.model), "\n");
  if (report.layers.empty()) return head + (report.before ? EvaluationLines(*report.before) : "");
  TextTable table({{"layer"},
                   {"operator"},
                   {"scale", Align::kRight},
                   {"zero point", Align::kRight},
                   {"SQNR, dB", Align::kRight}});
  for (const QuantizedLayerRow& row : report.layers) {
    table.AddRow({row.name, row.op, FixedText(row.scale, 6), std::to_string(row.zero_point),
                  std::isfinite(row.sqnr_db) ? FixedText(row.sqnr_db, 1) : "-"});
  }
  return StrCat(head, "  calibrated with ", report.photographs,
                report.photographs == 1 ? " photograph" : " photographs",
                report.failed == 0 ? "" : StrCat(", ", report.failed, " failed"), "\n\n", table.Text(""),
                "\n",
                report.compared == 0 ? ""
                                     : StrCat("same top-1 as in f32: ", report.same_top1, " of ",
                                              report.compared, " photographs of the calibration\n"),
                report.before ? EvaluationLines(*report.before) : "",
                report.compared == 0
                    ? "SQNR: not measured, since there are no photographs\n"
                    : "SQNR: signal to quantisation noise, including the layers before; 6 dB are one bit\n");
}

std::string QuantizationJson(const QuantizationReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.String("model", report.model);
  json.String("output", report.output);
  json.Integer("output_bytes", report.output_bytes);
  json.String("type", report.type);
  json.Integer("photographs", report.photographs);
  json.Integer("failed", report.failed);
  json.Integer("compared", report.compared);
  json.Integer("same_top1", report.same_top1);
  json.Key("layers");
  json.BeginArray();
  for (const QuantizedLayerRow& row : report.layers) {
    json.BeginObject();
    json.String("name", row.name);
    json.String("operator", row.op);
    json.Significant("scale", row.scale, 9);
    json.Integer("zero_point", row.zero_point);
    json.Fixed("sqnr_db", row.sqnr_db, 2);
    json.EndObject();
  }
  json.EndArray();
  json.Key("eval");
  report.before ? WriteEvaluation(json, *report.before) : json.Null();
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
