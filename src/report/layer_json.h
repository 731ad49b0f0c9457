// LayerRow as JSON, the same in every report.
#pragma once

#include <vector>

#include "src/json/json_writer.h"
#include "src/report/rows.h"

namespace mobilenet {

inline constexpr int kTimeDecimals = 4;  // of a millisecond: the shortest layers take a few microseconds

// The members of one row: name, operator, output_shape, mult_adds, parameters, latency_ms, backend, kernel.
void WriteLayerMembers(JsonWriter& json, const LayerRow& layer);

// [{name, operator, output_shape, mult_adds, parameters, latency_ms, backend, kernel}]
void WriteLayers(JsonWriter& json, const std::vector<LayerRow>& layers);

}  // namespace mobilenet
