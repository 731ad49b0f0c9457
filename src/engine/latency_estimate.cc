#include "src/engine/latency_estimate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>

#include "models/layer.h"
#include "src/base/statistics.h"
#include "src/engine/latency.h"

namespace mobilenet {
namespace {

// A layer this small has no meaningful relative error.
constexpr double kShortestMs = 1e-4;

constexpr size_t kTerms = 3;
using Terms = std::array<double, kTerms>;

// The solution of the symmetric equations in the terms whose bits `used` has; none if they are not
// independent. By elimination, the largest pivot first.
std::optional<Terms> Solve(std::array<Terms, kTerms> matrix, Terms right, unsigned used) {
  std::vector<size_t> terms;
  for (size_t i = 0; i < kTerms; ++i) {
    if ((used >> i & 1) != 0) terms.push_back(i);
  }
  std::vector<size_t> rows = terms;
  for (size_t step = 0; step < terms.size(); ++step) {
    const size_t column = terms[step];
    const auto pivot = std::max_element(
        rows.begin() + static_cast<ptrdiff_t>(step), rows.end(),
        [&](size_t a, size_t b) { return std::abs(matrix[a][column]) < std::abs(matrix[b][column]); });
    std::swap(rows[step], *pivot);
    const size_t row = rows[step];
    if (!(std::abs(matrix[row][column]) > 1e-12)) return std::nullopt;
    for (size_t other = step + 1; other < rows.size(); ++other) {
      const double factor = matrix[rows[other]][column] / matrix[row][column];
      for (const size_t i : terms) matrix[rows[other]][i] -= factor * matrix[row][i];
      right[rows[other]] -= factor * right[row];
    }
  }
  Terms solution = {};
  for (size_t step = terms.size(); step-- > 0;) {
    const size_t row = rows[step];
    double value = right[row];
    for (size_t later = step + 1; later < terms.size(); ++later) {
      value -= matrix[row][terms[later]] * solution[terms[later]];
    }
    solution[terms[step]] = value / matrix[row][terms[step]];
  }
  return solution;
}

}  // namespace

// The least squares of the relative errors with no term below 0: the best solution with only some of the
// terms, for which there are seven choices.
LatencyEstimate::Line LatencyEstimate::Fit(const std::vector<Sample>& samples) {
  Terms largest = {1, 1, 1};  // scaled so that the terms are about equally large
  for (const Sample& sample : samples) {
    largest[1] = std::max(largest[1], sample.work.mult_adds);
    largest[2] = std::max(largest[2], sample.work.bytes);
  }
  const auto row_of = [&](const Sample& sample) {
    const double ms = std::max(sample.latency_ms, kShortestMs);
    return Terms{1 / ms, sample.work.mult_adds / largest[1] / ms, sample.work.bytes / largest[2] / ms};
  };
  std::array<Terms, kTerms> matrix = {};
  Terms right = {};
  for (const Sample& sample : samples) {
    const Terms row = row_of(sample);
    for (size_t i = 0; i < kTerms; ++i) {
      for (size_t j = 0; j < kTerms; ++j) matrix[i][j] += row[i] * row[j];
      right[i] += row[i];
    }
  }
  Terms best = {};
  double least = std::numeric_limits<double>::infinity();
  for (unsigned used = 1; used < 1u << kTerms; ++used) {
    const auto terms = Solve(matrix, right, used);
    if (!terms || *std::min_element(terms->begin(), terms->end()) < 0) continue;
    double error = 0;
    for (const Sample& sample : samples) {
      const Terms row = row_of(sample);
      const double off = row[0] * (*terms)[0] + row[1] * (*terms)[1] + row[2] * (*terms)[2] - 1;
      error += off * off;
    }
    if (error < least) {
      least = error;
      best = *terms;
    }
  }
  return {best[0], best[1] / largest[1], best[2] / largest[2]};
}

double LatencyEstimate::LayerMs(const OfPrecision& precision, const Work& work) {
  const auto line = precision.lines.find(work.type);
  const Line& one = line == precision.lines.end() ? precision.any : line->second;
  return one.base_ms + one.ms_per_mult_add * work.mult_adds + one.ms_per_byte * work.bytes;
}

// Interpolates by logarithms between the two networks with fewer and with more mult-adds.
double LatencyEstimate::FactorFor(const OfPrecision& precision, std::string_view architecture,
                                  double mult_adds) {
  std::vector<Stretch> own;
  for (const Stretch& stretch : precision.stretches) {
    if (stretch.architecture == architecture) own.push_back(stretch);
  }
  const std::vector<Stretch>& all = own.empty() ? precision.stretches : own;
  const auto more = std::find_if(all.begin(), all.end(),
                                 [&](const Stretch& stretch) { return stretch.mult_adds >= mult_adds; });
  if (more == all.begin()) return all.front().factor;
  if (more == all.end()) return all.back().factor;
  const Stretch& fewer = *std::prev(more);
  const double whole = std::log(more->mult_adds / fewer.mult_adds);
  const double part = whole > 0 ? std::log(mult_adds / fewer.mult_adds) / whole : 0;
  return std::exp((1 - part) * std::log(fewer.factor) + part * std::log(more->factor));
}

LatencyEstimate::LatencyEstimate(std::span<const BenchResult> measured) {
  std::map<std::string, std::map<std::string, std::vector<Sample>>> samples;
  std::map<std::string, std::vector<Sample>> all;
  std::map<std::string, std::vector<double>> p90;
  const auto work_of = [](const BenchLayerRow& row) {
    return Work{row.type, static_cast<double>(row.layer.mult_adds), static_cast<double>(row.moved_bytes)};
  };
  for (const BenchResult& result : measured) {
    for (const BenchLayerRow& row : result.layers) {
      const Sample sample{work_of(row), row.layer.latency_ms};
      samples[result.way.precision][row.type].push_back(sample);
      all[result.way.precision].push_back(sample);
    }
    const Distribution latency = Describe(result.runs_ms);
    p90[result.way.precision].push_back(latency.p90 / latency.median);
  }
  for (const auto& [name, types] : samples) {
    OfPrecision& precision = precisions_[name];
    for (const auto& [type, of_type] : types) precision.lines[type] = Fit(of_type);
    precision.any = Fit(all[name]);
    precision.p90 = Median(p90[name]);
  }
  for (const BenchResult& result : measured) {
    const auto precision = precisions_.find(result.way.precision);
    if (precision == precisions_.end()) continue;
    double layers_ms = 0;
    double mult_adds = 0;
    for (const BenchLayerRow& row : result.layers) {
      layers_ms += LayerMs(precision->second, work_of(row));
      mult_adds += static_cast<double>(row.layer.mult_adds);
    }
    if (!(layers_ms > 0) || !(mult_adds > 0)) continue;
    precision->second.stretches.push_back(
        {result.architecture, mult_adds, Median(result.runs_ms) / layers_ms});
  }
  for (auto& [name, precision] : precisions_) {
    std::stable_sort(precision.stretches.begin(), precision.stretches.end(),
                     [](const Stretch& a, const Stretch& b) { return a.mult_adds < b.mult_adds; });
  }
}

std::optional<EstimatedLatency> LatencyEstimate::Of(const Network& network, DataType type) const {
  const auto precision = precisions_.find(DataTypeName(type));
  if (precision == precisions_.end() || precision->second.stretches.empty()) return std::nullopt;
  double ms = 0;
  double mult_adds = 0;
  for (const Layer& layer : network.layers) {
    const auto layer_mult_adds = static_cast<double>(MultAdds(layer));
    ms += LayerMs(precision->second,
                  {LayerType(layer), layer_mult_adds, static_cast<double>(MovedBytes(network, layer, type))});
    mult_adds += layer_mult_adds;
  }
  ms *= FactorFor(precision->second, network.architecture, mult_adds);
  return EstimatedLatency{ms, ms * precision->second.p90};
}

}  // namespace mobilenet
