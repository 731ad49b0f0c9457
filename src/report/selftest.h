// The rows of the self-test, for people and as JSON.
#pragma once

#include <span>
#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// One line per row, and a line that sums up: how many are right, or which kernels are wrong.
std::string SelftestText(std::span<const SelftestRow> rows);

// One object per line and row: precision, backend, isa (null for XNNPACK), threads, kernels, faults [{kernel,
// layer, error}], error (null, or why nothing ran).
std::string SelftestJson(std::span<const SelftestRow> rows);

}  // namespace mobilenet
