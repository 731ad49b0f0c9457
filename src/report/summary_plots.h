// The pictures of `summary --plot`.
#pragma once

#include <span>
#include <string>

#include "src/report/network_comparison.h"
#include "src/report/rows.h"

namespace mobilenet {

// Mult-adds and weights as bars, for every layer that has any.
std::string LayersPlot(const SummaryReport& report);

// The published accuracies over the mult-adds; networks of one family (one architecture, or resnet18
// and resnet50) are joined by a line. Throws
// Error where none of them has one.
std::string AccuracyPlot(std::span<const ComparisonRow> rows);

}  // namespace mobilenet
