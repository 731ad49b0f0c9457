#include "src/report/summary_plots.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/report/network_title.h"
#include "src/report/plot.h"

namespace mobilenet {
std::string LayersPlot(const SummaryReport& report) {
  BarPlot plot;
  plot.title = NetworkTitle(report);
  plot.subtitle =
      StrCat(FixedText(Millions(report.mult_adds), 2), " million mult-adds (1 mult-add = 2 FLOPs), ",
             FixedText(Millions(report.parameters), 2), " million weights without biases");
  plot.panels = {"mult-adds (millions)", "weights (thousands)"};
  for (const SummaryGroupRow& group : report.groups) plot.groups.push_back(group.type);
  for (const SummaryLayerRow& layer : report.layers) {
    if (layer.parameters == 0) continue;
    const auto group = std::find(plot.groups.begin(), plot.groups.end(), layer.group);
    plot.rows.push_back({layer.name,
                         static_cast<size_t>(group - plot.groups.begin()),
                         {Millions(layer.mult_adds), static_cast<double>(layer.parameters) / 1e3}});
  }
  return BarPlotSvg(plot);
}

std::string AccuracyPlot(std::span<const ComparisonRow> rows) {
  PointPlot plot;
  plot.title = "Accuracy over mult-adds";
  plot.subtitle = "top-1 on ImageNet as published with the weights; 1 mult-add = 2 FLOPs";
  plot.x_title = "mult-adds (millions)";
  plot.y_title = "top-1 accuracy (%)";
  plot.is_x_log = true;
  struct Series {
    std::string family;
    std::string architecture;  // the family if there are several
    std::vector<PointPlot::Point> points;
  };
  std::vector<Series> series;
  std::vector<std::string> without;
  for (const ComparisonRow& row : rows) {
    if (!row.published_top1_percent || row.mult_adds == 0) {
      without.push_back(row.name);
      continue;
    }
    const std::string family = NetworkFamily(row.architecture);
    const auto is_it = [&](const Series& other) { return other.family == family; };
    auto one = std::find_if(series.begin(), series.end(), is_it);
    if (one == series.end()) one = series.insert(one, {family, row.architecture, {}});
    if (one->architecture != row.architecture) one->architecture = family;  // several architectures
    one->points.push_back({Millions(row.mult_adds), *row.published_top1_percent, row.name});
  }
  if (series.empty()) {
    Fail("--plot: none of these networks has a published top-1 accuracy (", StrJoin(without), ")");
  }
  for (Series& one : series) {
    std::stable_sort(one.points.begin(), one.points.end(),
                     [](const auto& a, const auto& b) { return a.x < b.x; });
    const bool has_line = one.points.size() > 1;
    plot.series.push_back({std::move(one.architecture), std::move(one.points), has_line});
  }
  if (!without.empty()) plot.notes.push_back("without a published accuracy: " + StrJoin(without));
  return PointPlotSvg(plot);
}

}  // namespace mobilenet
