// BenchReport for people and as JSON.
#pragma once

#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// The model and how it ran, minimum and median, and the table of its layers' medians.
std::string BenchText(const BenchReport& report);

// One object on one line: model, architecture, width_multiplier, resolution, precision, threads, warmup,
// runs, inference_ms {min, median}, layers as in a classify record (latency_ms: the median), and a newline at
// the end.
std::string BenchJson(const BenchReport& report);

}  // namespace mobilenet
