// How many threads, on which cores, a sweep recommends.
#pragma once

#include <span>
#include <vector>

#include "src/report/bench_rows.h"

namespace mobilenet {

// For each model, backend and precision: of all ways whose median is within 3 % of the lowest, which is as
// close as medians repeat, that with the fewest threads; of these the fastest.
std::vector<BenchRecommendation> Recommend(std::span<const BenchResult> results);

}  // namespace mobilenet
