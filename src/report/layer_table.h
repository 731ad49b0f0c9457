// The latency of every layer, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/report/rows.h"
#include "src/report/terminal_style.h"

namespace mobilenet {

// What else is known of a layer that ran many times.
struct LayerDetail {
  double stddev_ms = 0;
  int64_t moved_bytes = 0;
};

// Layer, operator, output shape, M mult-adds, ms, % of all, GFLOP/s (2 FLOPs per mult-add), backend and
// kernel; then the total. With `details`, one per layer, also the standard deviation in ms and the MB it
// moved, and all columns in blocks as wide as the terminal. Layers that take at least twice their share of
// the time are bold.
std::string LayerTable(const std::vector<LayerRow>& layers, const std::vector<LayerDetail>& details = {},
                       const TerminalStyle& style = {});

}  // namespace mobilenet
