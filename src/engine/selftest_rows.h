// The self-test of everything that this CPU can run, in the form of the reports.
#pragma once

#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// f32, u8 and s8, native kernels of every instruction set level and XNNPACK, with one thread and with the
// default number.
std::vector<SelftestRow> SelftestRows();

}  // namespace mobilenet
