#include "src/report/bench_recommendation.h"

#include <algorithm>
#include <cstddef>
#include <tuple>

#include "src/base/statistics.h"

namespace mobilenet {
namespace {

constexpr double kAlike = 1.03;

auto Subject(const BenchWay& way) {
  return std::tie(way.model, way.backend, way.precision);
}

}  // namespace

std::vector<BenchRecommendation> Recommend(std::span<const BenchResult> results) {
  std::vector<BenchRecommendation> all;
  for (size_t i = 0; i < results.size(); ++i) {
    const auto is_known = [&](const BenchRecommendation& one) {
      return Subject(one.way) == Subject(results[i].way);
    };
    if (std::any_of(all.begin(), all.end(), is_known)) continue;
    std::vector<BenchRecommendation> ways;
    for (const BenchResult& result : results.subspan(i)) {
      if (Subject(result.way) == Subject(results[i].way))
        ways.push_back({result.way, Median(result.runs_ms)});
    }
    const auto is_faster = [](const BenchRecommendation& a, const BenchRecommendation& b) {
      return a.median_ms < b.median_ms;
    };
    const double most_ms = kAlike * std::min_element(ways.begin(), ways.end(), is_faster)->median_ms;
    std::erase_if(ways, [&](const BenchRecommendation& way) { return way.median_ms > most_ms; });
    const auto is_better = [](const BenchRecommendation& a, const BenchRecommendation& b) {
      return std::tie(a.way.threads, a.median_ms) < std::tie(b.way.threads, b.median_ms);
    };
    all.push_back(*std::min_element(ways.begin(), ways.end(), is_better));
  }
  return all;
}

}  // namespace mobilenet
