// Depthwise separable convolutions and the standard ones they stand for (arXiv 1704.04861, section 3.1): a
// depthwise convolution of K x K on M channels and the pointwise one after it that makes N of them cost (1/N
// + 1/K^2) of one standard convolution of K x K from M to N channels.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/report/report_table.h"

namespace mobilenet {

struct SeparableRow {
  std::string depthwise;  // the layers' names
  std::string pointwise;
  Shape kernel;                 // {height, width}
  int64_t input_channels = 0;   // M
  int64_t output_channels = 0;  // N
  Shape output_shape;           // {height, width, channels}
  int64_t mult_adds = 0;        // of both layers
  int64_t standard_mult_adds = 0;
  int64_t parameters = 0;
  int64_t standard_parameters = 0;
  double ratio = 0;    // between the mult-adds
  double formula = 0;  // 1/N + 1/K^2
};

struct SeparableReport {
  std::string architecture;
  double width_multiplier = 1.0;
  int resolution = 0;  // pixels
  int classes = 0;
  std::vector<SeparableRow> rows;
  // The whole network, as it is and with standard convolutions instead.
  int64_t mult_adds = 0;
  int64_t standard_mult_adds = 0;
  int64_t parameters = 0;
  int64_t standard_parameters = 0;
};

// Pairs of a depthwise convolution and the pointwise one that is its only reader.
SeparableReport MakeSeparableReport(const Network& network);

// CSV has the fields of SeparableRow, kernel as "3x3" and output_shape as "112x112x64", without the totals.
std::string SeparableTable(const SeparableReport& report, TableFormat format);
// One object on one line: the fields of SeparableReport, rows as "layers" [{the fields of SeparableRow}].
std::string SeparableJson(const SeparableReport& report);

}  // namespace mobilenet
