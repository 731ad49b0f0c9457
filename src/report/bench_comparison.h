// The latencies of a bench beside those of an earlier one, taken from its JSON.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "src/base/statistics.h"
#include "src/report/bench_rows.h"
#include "src/report/report_table.h"

namespace mobilenet {

// What an earlier bench measured in one way.
struct EarlierBench {
  BenchWay way;
  std::vector<double> runs_ms;  // not empty, each above 0
};

// Reads the text of BenchJson; `where` starts the messages. Throws Error for anything else.
std::vector<EarlierBench> ReadBenchJson(std::string_view text, const std::string& where);

// Throws Error if none of these ways is one of the earlier ones.
void CheckHasPair(std::span<const EarlierBench> earlier, const std::string& where,
                  std::span<const BenchWay> ways);

struct BenchComparisonRow {
  BenchWay way;
  std::string figure;  // "min", "median", "p90", "mean"
  double earlier_ms = 0;
  double later_ms = 0;
  Ratio ratio;             // later to earlier
  bool is_slower = false;  // for medians: by more than was allowed, and not by chance
};

struct BenchComparison {
  double max_regression_percent = 0;
  std::vector<BenchComparisonRow> rows;
  bool is_slower() const;
};

// Each result beside the earlier one of the same model (by its file's name, whatever the folder), backend,
// precision, threads and cores; those without one are left out. A median counts as slower where its ratio
// exceeds 1
// + max_regression_percent / 100 and the whole interval of the ratio lies above 1. Throws Error where there
// is no pair.
BenchComparison CompareBench(std::span<const EarlierBench> earlier, const std::string& where,
                             std::span<const BenchResult> results, double max_regression_percent);

// One row per figure.
std::string BenchComparisonTable(const BenchComparison& comparison, TableFormat format);

}  // namespace mobilenet
