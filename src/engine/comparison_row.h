// A network among others: what it costs, in memory as our arena has it.
#pragma once

#include "models/network.h"
#include "src/report/network_comparison.h"

namespace mobilenet {

// All but the name and the published accuracy.
ComparisonRow MakeComparisonRow(const Network& network);

}  // namespace mobilenet
