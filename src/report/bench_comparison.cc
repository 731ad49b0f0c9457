#include "src/report/bench_comparison.h"

#include <algorithm>
#include <filesystem>
#include <utility>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/base/system_files.h"
#include "src/json/json.h"
#include "src/report/bench.h"

namespace mobilenet {
namespace {

constexpr struct {
  const char* name;
  Statistic statistic;
} kFigures[] = {{"min", Statistic::kMin},
                {"median", Statistic::kMedian},
                {"p90", Statistic::kP90},
                {"mean", Statistic::kMean}};

std::string StringOf(const Json& result, const char* key, const std::string& where) {
  const Json* const value = result.Find(key);
  if (!value || !value->String()) Fail(where, ": has no \"", key, "\" (bench --format json writes it)");
  return *value->String();
}

bool IsSame(const BenchWay& earlier, const BenchWay& way) {
  return std::filesystem::path(earlier.model).filename() == std::filesystem::path(way.model).filename() &&
         earlier.backend == way.backend && earlier.precision == way.precision &&
         earlier.threads == way.threads && earlier.cores == way.cores;
}

// None if a result is not bound to cores.
std::vector<int> CoresOf(const Json& result, const std::string& where) {
  std::vector<int> cores;
  const Json* const list = result.Find("cores");
  if (list == nullptr || list->is_null()) return cores;
  if (!list->is_array()) Fail(where, ": its cores are not a list");
  for (const Json& core : list->elements) {
    const int64_t* const number = core.Integer();
    if (!number || *number < 0 || *number >= kMaxCores) {
      Fail(where, ": not all of its cores are numbers in 0...", kMaxCores - 1);
    }
    cores.push_back(static_cast<int>(*number));
  }
  return cores;
}

}  // namespace

std::vector<EarlierBench> ReadBenchJson(std::string_view text, const std::string& where) {
  const Json json = ParseJson(text, where);
  const Json* const results = json.Find("results");
  if (!results || !results->is_array() || results->elements.empty()) {
    Fail(where, ": holds no results of bench (mobilenet bench --format json writes them)");
  }
  std::vector<EarlierBench> all;
  for (const Json& result : results->elements) {
    const std::string here = StrCat(where, ": result ", all.size() + 1);
    EarlierBench one{{StringOf(result, "model", here), StringOf(result, "backend", here),
                      StringOf(result, "precision", here), 0, CoresOf(result, here)},
                     {}};
    const Json* const threads = result.Find("threads");
    if (!threads || !threads->Integer() || *threads->Integer() < 1 || *threads->Integer() > 1'000'000) {
      Fail(here, ": does not say how many threads it had");
    }
    one.way.threads = static_cast<int>(*threads->Integer());
    const Json* const runs = result.Find("runs_ms");
    if (!runs || !runs->is_array() || runs->elements.empty()) Fail(here, ": has no runs_ms");
    for (const Json& run : runs->elements) {
      const double run_ms = run.Number().value_or(0);
      if (!(run_ms > 0)) Fail(here, ": not all of its runs_ms are numbers above 0");
      one.runs_ms.push_back(run_ms);
    }
    all.push_back(std::move(one));
  }
  return all;
}

void CheckHasPair(std::span<const EarlierBench> earlier, const std::string& where,
                  std::span<const BenchWay> ways) {
  for (const EarlierBench& one : earlier) {
    for (const BenchWay& way : ways) {
      if (IsSame(one.way, way)) return;
    }
  }
  Fail(where, ": has no result of ", WayText(ways.front()), " (it has ", WayText(earlier.front().way), ")");
}

bool BenchComparison::is_slower() const {
  return std::any_of(rows.begin(), rows.end(), [](const BenchComparisonRow& row) { return row.is_slower; });
}

BenchComparison CompareBench(std::span<const EarlierBench> earlier, const std::string& where,
                             std::span<const BenchResult> results, double max_regression_percent) {
  BenchComparison comparison{max_regression_percent, {}};
  for (const BenchResult& result : results) {
    const auto old = std::find_if(earlier.begin(), earlier.end(),
                                  [&](const EarlierBench& one) { return IsSame(one.way, result.way); });
    if (old == earlier.end()) continue;
    for (const auto& [name, statistic] : kFigures) {
      BenchComparisonRow row{result.way,
                             name,
                             ValueOf(statistic, old->runs_ms),
                             ValueOf(statistic, result.runs_ms),
                             RatioOf(old->runs_ms, result.runs_ms, statistic),
                             false};
      row.is_slower = statistic == Statistic::kMedian && row.ratio.ratio > 1 + max_regression_percent / 100 &&
                      row.ratio.low > 1;
      comparison.rows.push_back(std::move(row));
    }
  }
  if (comparison.rows.empty()) CheckHasPair(earlier, where, std::vector<BenchWay>{results.front().way});
  return comparison;
}

std::string BenchComparisonTable(const BenchComparison& comparison, TableFormat format) {
  ReportTable table({{"model", "model"},
                     {"backend", "backend"},
                     {"precision", "precision"},
                     {"threads", "threads", Align::kRight},
                     {"cores", "cores"},
                     {"figure", "figure"},
                     {"earlier_ms", "earlier ms", Align::kRight},
                     {"later_ms", "now ms", Align::kRight},
                     {"ratio", "ratio", Align::kRight},
                     {"low", "from", Align::kRight},
                     {"high", "to", Align::kRight},
                     {"is_slower", ""}});
  const auto ms = [](double value) {
    return ReportTable::Cell{MillisecondsText(value), ShortFixedText(value, 4)};
  };
  const auto ratio = [](double value) {
    return ReportTable::Cell{FixedText(value, 3), SignificantText(value, 5)};
  };
  for (const BenchComparisonRow& row : comparison.rows) {
    table.AddRow({ReportTable::Same(row.way.model),
                  ReportTable::Same(row.way.backend),
                  ReportTable::Same(row.way.precision),
                  ReportTable::Integer(row.way.threads),
                  ReportTable::Same(HeldCores(row.way)),
                  ReportTable::Same(row.figure),
                  ms(row.earlier_ms),
                  ms(row.later_ms),
                  ratio(row.ratio.ratio),
                  ratio(row.ratio.low),
                  ratio(row.ratio.high),
                  {row.is_slower ? "slower" : "", row.is_slower ? "true" : "false"}});
  }
  return table.Format(format);
}

}  // namespace mobilenet
