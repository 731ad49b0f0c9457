// The picture of `bench --plot`.
#pragma once

#include <string>

#include "src/report/bench_rows.h"

namespace mobilenet {

// One below the other: how the latencies of each result are distributed; the layers of the first, by their
// type; and where threads differ the median latency over the number of threads.
std::string BenchPlot(const BenchReport& report);

}  // namespace mobilenet
