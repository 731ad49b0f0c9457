// The latency of every layer, for people.
#pragma once

#include <string>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// Layer, operator, output shape, M mult-adds, ms, % of all, GFLOP/s (2 FLOPs a mult-add), backend and kernel;
// the total.
std::string LayerTable(const std::vector<LayerRow>& layers);

}  // namespace mobilenet
