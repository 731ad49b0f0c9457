// What the layers of each type took together, as in Table 2 of arXiv 1704.04861.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "src/report/bench_rows.h"

namespace mobilenet {

struct LayerTypeRow {
  std::string type;  // "Conv 1x1"
  int layers = 0;
  int64_t mult_adds = 0;
  int64_t parameters = 0;
  int64_t moved_bytes = 0;
  double latency_ms = 0;
};

// The slowest first.
std::vector<LayerTypeRow> LayerTypes(std::span<const BenchLayerRow> layers);

}  // namespace mobilenet
