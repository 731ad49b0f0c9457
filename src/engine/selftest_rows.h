// The self-test of everything that this CPU can run, as the reports show it.
#pragma once

#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// f32, u8 and s8, native kernels of every level of instruction set and XNNPACK, with one thread and with as
// many as are the default.
std::vector<SelftestRow> SelftestRows();

}  // namespace mobilenet
