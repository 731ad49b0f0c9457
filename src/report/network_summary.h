// A network's layers and costs, as the tables of the MobileNet paper show them.
#pragma once

#include "models/network.h"
#include "src/report/rows.h"

namespace mobilenet {

SummaryReport MakeSummaryReport(const Network& network);

}  // namespace mobilenet
