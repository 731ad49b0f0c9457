// A network among others: what it costs, with the memory that our arena takes.
#pragma once

#include "models/network.h"
#include "src/report/network_comparison.h"

namespace mobilenet {

// Everything but the name and the published accuracy.
ComparisonRow MakeComparisonRow(const Network& network);

}  // namespace mobilenet
