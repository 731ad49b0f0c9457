// What a network lost by its quantisation, for people and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/report/evaluation.h"

namespace mobilenet {

struct QuantizedLayerRow {
  std::string name;
  std::string op;      // "conv 3x3 s2"; "input" for the network's input
  double scale = 0;    // of the layer's output
  int zero_point = 0;  // of the layer's output
  double sqnr_db = 0;  // of the output, including the layers before it; infinite: no loss
};

struct QuantizationReport {
  std::string model;   // the float file
  std::string output;  // the file made from it
  int64_t output_bytes = 0;
  std::string type = "s8";  // or "f16", of which there is nothing but the files, and `before`
  int64_t photographs = 0;  // used for calibration
  int64_t failed = 0;       // that could not be read
  int64_t compared = 0;     // on which both networks were compared
  int64_t same_top1 = 0;    // of those
  std::vector<QuantizedLayerRow> layers;
  // The float model on labelled images, with the quantised one compared to it; none unless asked for.
  std::optional<EvaluationReport> before;
};

// A line about the files, a table of the layers, and a line about the whole network.
std::string QuantizationText(const QuantizationReport& report);

// One object on one line: model, output, output_bytes, type, photographs, failed, compared, same_top1, layers
// [{name, operator, scale, zero_point, sqnr_db}], sqnr_db null where nothing is lost or was compared, eval
// (null or {images, failed, before and after {right, rate, low, high}, only_before, only_after, p_value}:
// right answers on labelled images, as EvaluationJson has them); a newline at the end.
std::string QuantizationJson(const QuantizationReport& report);

}  // namespace mobilenet
