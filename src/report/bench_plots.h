// The picture of `bench --plot`.
#pragma once

#include <string>

#include "src/report/bench_rows.h"

namespace mobilenet {

// One below the other: the distribution of the latencies of each result; the layers of the first result, by
// type; and, if the numbers of threads differ, the median latency over the number of threads.
std::string BenchPlot(const BenchReport& report);

}  // namespace mobilenet
