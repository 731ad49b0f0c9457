// The available models: those of the catalogue, and any others on this machine.
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
  std::string architecture;  // "" for a file that is not in the catalogue, which is not read
  double width_multiplier = 1.0;
  int resolution = 0;               // pixels; 0: unknown
  int classes = 0;                  // 0: unknown
  std::string_view quantization;    // "none", "u8_per_tensor", "s8_per_channel"; "" if unknown
  std::optional<double> top1;       // percent, as published
  std::string_view license;         // "" if unknown
  int64_t size_bytes = 0;           // the file's or, if it is not here, that of its tensors
  std::optional<std::string> path;  // none: not on this machine
};

// One line per model, with the default one marked; CSV and JSON have the fields of ModelListRow, and nothing
// or null for what is unknown.
std::string ModelListTable(std::span<const ModelListRow> rows, TableFormat format);
std::string ModelListJson(std::span<const ModelListRow> rows);  // JSON lines

}  // namespace mobilenet
