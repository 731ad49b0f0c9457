#include "src/report/bench_plots.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <utility>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/statistics.h"
#include "src/base/str_cat.h"
#include "src/report/bench.h"
#include "src/report/bench_verdict.h"
#include "src/report/layer_types.h"
#include "src/report/plot.h"
#include "src/report/svg.h"

namespace mobilenet {
namespace {

// If the slowest latency is this many times the fastest, they are shown on a logarithmic axis.
constexpr double kWideRange = 5;

std::string ModelName(const BenchWay& way) {
  const std::filesystem::path name = std::filesystem::path(way.model).filename();
  return name.extension() == ".safetensors" ? name.stem().string() : name.string();
}

BenchWay Named(BenchWay way) {
  way.model = ModelName(way);
  return way;
}

std::string VerdictText(const BenchReport& report) {
  return StrCat("verdict: ", VerdictWords(report.judgement.verdict));
}

std::string DistributionPlot(const BenchReport& report) {
  PointPlot plot;
  plot.title = "Distribution of the latency";
  plot.subtitle = VerdictText(report);
  plot.x_title = "latency of an inference (ms)";
  plot.y_title = "inferences that took no longer (%)";
  plot.is_y_from_zero = true;
  double least = report.results.front().runs_ms.front();
  double most = least;
  for (const BenchResult& result : report.results) {
    std::vector<double> sorted = result.runs_ms;
    std::sort(sorted.begin(), sorted.end());
    least = std::min(least, sorted.front());
    most = std::max(most, sorted.back());
    PointPlot::Series series{.name = WayText(Named(result.way)), .points = {}, .has_line = true};
    for (const int percent : {0, 1, 10, 25, 50, 75, 90, 99, 100}) {
      const double ms = Quantile(sorted, percent / 100.0);
      const bool is_labelled = percent == 50 && report.results.size() == 1;
      series.points.push_back(
          {ms, static_cast<double>(percent), is_labelled ? "median " + MillisecondsText(ms) + " ms" : ""});
    }
    plot.series.push_back(std::move(series));
  }
  plot.is_x_log = most > kWideRange * least;
  return PointPlotSvg(plot);
}

std::string LayersPlot(const BenchResult& result) {
  BarPlot plot;
  plot.title = StrCat("Layers of ", ModelName(result.way));
  plot.subtitle = StrCat("median of ", result.runs_ms.size(), " inferences; ",
                         WayText(Named(result.way)).substr(ModelName(result.way).size() + 2));
  plot.panels = {"latency (ms)"};
  for (const LayerTypeRow& type : LayerTypes(result.layers)) plot.groups.push_back(type.type);
  for (const BenchLayerRow& row : result.layers) {
    const auto group = std::find(plot.groups.begin(), plot.groups.end(), row.type);
    plot.rows.push_back(
        {row.layer.name, static_cast<size_t>(group - plot.groups.begin()), {row.layer.latency_ms}});
  }
  return BarPlotSvg(plot);
}

// "" if no model was run with different numbers of threads.
std::string ThreadsPlot(const BenchReport& report) {
  PointPlot plot;
  plot.title = "Latency over threads";
  plot.subtitle = VerdictText(report);
  plot.x_title = "threads";
  plot.y_title = "median latency of an inference (ms)";
  plot.is_y_from_zero = true;
  for (const BenchResult& result : report.results) {
    std::string name = StrCat(ModelName(result.way), ", ", result.way.backend, ", ", result.way.precision);
    if (!result.way.cores.empty()) name += ", cores " + HeldCores(result.way);
    auto series = std::find_if(plot.series.begin(), plot.series.end(),
                               [&](const PointPlot::Series& other) { return other.name == name; });
    if (series == plot.series.end())
      series = plot.series.insert(series, {.name = name, .points = {}, .has_line = true});
    const double ms = Median(result.runs_ms);
    series->points.push_back({static_cast<double>(result.way.threads), ms, MillisecondsText(ms)});
  }
  bool has_several = false;
  for (PointPlot::Series& series : plot.series) {
    std::stable_sort(series.points.begin(), series.points.end(),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
    has_several = has_several || series.points.front().x < series.points.back().x;
  }
  return has_several ? PointPlotSvg(plot) : "";
}

}  // namespace

std::string BenchPlot(const BenchReport& report) {
  std::vector<std::string> pictures = {DistributionPlot(report)};
  if (const std::string threads = ThreadsPlot(report); !threads.empty()) pictures.push_back(threads);
  pictures.push_back(LayersPlot(report.results.front()));
  return StackedSvg(pictures, "Latency of " + ModelName(report.results.front().way));
}

}  // namespace mobilenet
