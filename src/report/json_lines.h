// ClassifyRow as JSON, one object per line. How text that is not UTF-8 is written: json_writer.h.
#pragma once

#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// path, width, height, predictions [{class_index, label, score}], decode_ms, preprocess_ms, inference_ms,
// error; if in `fields`, frame (after path), file_bytes and modified (null if there is no file), layers
// [{name, operator, output_shape, mult_adds, parameters, latency_ms, backend, kernel}]; and a newline at the
// end. record.schema.json says the same for programs. Times have 4 decimals, scores 6 significant digits. A
// row with an error has no predictions and no layers; its width, height and times are given if known, else
// 0.
std::string JsonLine(const ClassifyRow& row, const RecordFields& fields);

}  // namespace mobilenet
