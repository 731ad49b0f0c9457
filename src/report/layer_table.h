// The latency of every layer, for people.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/report/rows.h"
#include "src/report/terminal_style.h"

namespace mobilenet {

// What more is known of a layer that ran many times.
struct LayerDetail {
  double stddev_ms = 0;
  int64_t moved_bytes = 0;
};

// Layer, operator, output shape, M mult-adds, ms, % of all, GFLOP/s (2 FLOPs a mult-add), backend and kernel;
// the total. With `details`, one a layer, the standard deviation in ms and the MB that it moved, too. Layers
// that take twice their share of the time or more are bold.
std::string LayerTable(const std::vector<LayerRow>& layers, const std::vector<LayerDetail>& details = {},
                       const TerminalStyle& style = {});

}  // namespace mobilenet
