#include "src/report/bench.h"

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/layer_json.h"
#include "src/report/layer_table.h"
#include "src/report/terminal_text.h"

namespace mobilenet {

std::string BenchText(const BenchReport& report) {
  return StrCat(TerminalText(report.model), ": ", report.architecture, " ", report.width_multiplier, " ",
                report.resolution, ", ", report.precision, ", ", report.threads,
                report.threads == 1 ? " thread\n" : " threads\n", "  inference: min ",
                FixedText(report.min_ms, 2), " ms, median ", FixedText(report.median_ms, 2), " ms of ",
                report.runs, report.runs == 1 ? " run" : " runs", " after ", report.warmup, " to warm up\n\n",
                LayerTable(report.layers));
}

std::string BenchJson(const BenchReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.String("model", report.model);
  json.String("architecture", report.architecture);
  json.Significant("width_multiplier", report.width_multiplier, 6);
  json.Integer("resolution", report.resolution);
  json.String("precision", report.precision);
  json.Integer("threads", report.threads);
  json.Integer("warmup", report.warmup);
  json.Integer("runs", report.runs);
  json.Key("inference_ms");
  json.BeginObject();
  json.Fixed("min", report.min_ms, kTimeDecimals);
  json.Fixed("median", report.median_ms, kTimeDecimals);
  json.EndObject();
  json.Key("layers");
  WriteLayers(json, report.layers);
  json.EndObject();
  return json.text() + "\n";
}

}  // namespace mobilenet
