// The models that there are: those of the catalogue, and what else is on this machine.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "src/report/report_table.h"

namespace mobilenet {

struct ModelListRow {
  std::string name;
  bool is_default = false;
  std::string architecture;  // of a file alone: not read, ""
  double width_multiplier = 1.0;
  int resolution = 0;               // pixels; 0: not known
  int classes = 0;                  // 0: not known
  std::string_view quantization;    // "none", "u8_per_tensor", "s8_per_channel"; "" where it is not known
  std::optional<double> top1;       // percent, as published
  std::string_view license;         // "" where it is not known
  int64_t size_bytes = 0;           // of the file; of one that is not here, of its tensors
  std::optional<std::string> path;  // none: not on this machine
};

// A line a model, the default one marked; CSV and JSON have the fields of ModelListRow, and nothing or null
// for what is not known.
std::string ModelListTable(std::span<const ModelListRow> rows, TableFormat format);
std::string ModelListJson(std::span<const ModelListRow> rows);  // JSON lines

}  // namespace mobilenet
