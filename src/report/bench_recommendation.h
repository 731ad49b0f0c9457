// How many threads, on which cores, a sweep recommends.
#pragma once

#include <span>
#include <vector>

#include "src/report/bench_rows.h"

namespace mobilenet {

// For each model, backend and precision: among all ways whose median is within 3 % of the lowest, which is
// how closely medians repeat, the one with the fewest threads; among these the fastest.
std::vector<BenchRecommendation> Recommend(std::span<const BenchResult> results);

}  // namespace mobilenet
