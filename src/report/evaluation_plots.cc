#include "src/report/evaluation_plots.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <vector>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/plot.h"
#include "src/report/svg.h"

namespace mobilenet {
namespace {

std::string ReliabilityPlot(const EvaluationReport& report, const std::string& name) {
  PointPlot plot;
  plot.title = name + ": how often it is right, by its score";
  plot.subtitle = StrCat("top-1 ", RightText(report.top1, report.images), "; expected calibration error ",
                         FixedText(100 * report.ece, 1), " points");
  plot.x_title = "score of the first prediction (mean of a tenth, %)";
  plot.y_title = "right (%)";
  plot.are_percent = true;
  PointPlot::Series seen{.name = "seen", .points = {}, .has_line = true};
  for (const ReliabilityRow& row : report.reliability) {
    seen.points.push_back(
        {100 * row.mean_score, 100 * row.rate, StrCat(row.n, row.n == 1 ? " image" : " images")});
  }
  plot.series.push_back(std::move(seen));
  plot.series.push_back(
      {.name = "if scores were exact", .points = {{0, 0, ""}, {100, 100, ""}}, .has_line = true});
  return PointPlotSvg(plot);
}

std::string ConfusionPlot(const EvaluationReport& report, const std::string& name) {
  constexpr size_t kMost = 25;
  BarPlot plot;
  const size_t shown = std::min(kMost, report.confusions.size());
  plot.title = StrCat(name, ": most confused classes");
  plot.subtitle =
      StrCat(shown, " of ", report.confusions.size(), " pairs: what it is > what it is taken for");
  plot.panels = {"images"};
  plot.are_counts = true;
  for (size_t i = 0; i < shown; ++i) {
    const ConfusionRow& row = report.confusions[i];
    // The first name of each label, so that both fit.
    const auto first = [](const std::string& label) { return label.substr(0, label.find(',')); };
    plot.rows.push_back({first(row.label) + " > " + first(row.predicted), 0, {static_cast<double>(row.n)}});
  }
  return BarPlotSvg(plot);
}

}  // namespace

std::string EvaluationPlot(const EvaluationReport& report) {
  const std::string name = std::filesystem::path(report.model).stem().string();
  std::vector<std::string> pictures = {ReliabilityPlot(report, name)};
  if (!report.confusions.empty()) pictures.push_back(ConfusionPlot(report, name));
  return StackedSvg(pictures, "How often " + name + " is right");
}

}  // namespace mobilenet
