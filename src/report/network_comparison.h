// Networks side by side: what each costs, and how accurate its published weights are.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "src/base/tensor.h"
#include "src/report/report_table.h"

namespace mobilenet {

struct ComparisonRow {
  std::string name;  // as given
  std::string architecture;
  double width_multiplier = 1.0;
  Shape input_shape;  // {height, width, channels}
  int classes = 0;
  int64_t layers = 0;  // with weights
  int64_t mult_adds = 0;
  int64_t parameters = 0;  // without biases
  int64_t biases = 0;
  // Memory of all feature maps, one operator per layer; none in 8 bits for a network that runs in f32 only.
  int64_t activation_peak_f32_bytes = 0;
  std::optional<int64_t> activation_peak_s8_bytes;  // and for u8
  // The tensors of a model file of that type, without its header with the labels.
  int64_t file_f32_bytes = 0;
  std::optional<int64_t> file_s8_bytes;
  std::optional<int64_t> file_u8_bytes;
  std::optional<double> published_top1_percent;
  std::string published_top1_source;  // "" if there is none
};

// One line per network, and for people what the columns mean and who published the accuracies. CSV has the
// fields of ComparisonRow as columns, input_shape as "224x224x3", and nothing for what is unknown.
std::string ComparisonTable(std::span<const ComparisonRow> rows, TableFormat format);

// JSON lines: one object per network, the fields of ComparisonRow in their order, null for what is unknown.
std::string ComparisonJson(std::span<const ComparisonRow> rows);

}  // namespace mobilenet
