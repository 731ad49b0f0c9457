// What a plan did last, as the reports show it.
#pragma once

#include <vector>

#include "src/engine/plan.h"
#include "src/report/rows.h"

namespace mobilenet {

// One row a layer, with the latency of the last run.
std::vector<LayerRow> LayerRows(const Plan& plan);

}  // namespace mobilenet
