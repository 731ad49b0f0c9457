// What a plan did last, in the form of the reports.
#pragma once

#include <vector>

#include "src/engine/plan.h"
#include "src/report/rows.h"

namespace mobilenet {

// One row per layer, with the latency of the last run.
std::vector<LayerRow> LayerRows(const Plan& plan);

}  // namespace mobilenet
