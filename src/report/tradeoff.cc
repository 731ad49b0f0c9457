#include "src/report/tradeoff.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/json/json_writer.h"
#include "src/report/bench_verdict.h"
#include "src/report/layer_json.h"
#include "src/report/machine_json.h"
#include "src/report/network_title.h"
#include "src/report/plot.h"

namespace mobilenet {
namespace {

constexpr size_t kMostReasons = 5;
// In a picture; with more models, only those on the front have theirs.
constexpr size_t kMostLabels = 12;

ReportTable::Cell Milliseconds(double ms) {
  return {MillisecondsText(ms), ShortFixedText(ms, kTimeDecimals)};
}

std::string SourceOf(const TradeoffRow& row) {
  if (!row.top1_percent) return "";
  return row.evaluated ? "eval" : "published";
}

std::string CommandFor(const TradeoffRow& row) {
  if (row.path.empty()) return "mobilenet models get " + row.name;
  return StrCat("mobilenet classify --model ", row.name, row.option.empty() ? "" : " ", row.option,
                " photo.jpg");
}

ReportTable MakeTable(const TradeoffReport& report) {
  ReportTable table({{"name", "model"},
                     {"precision", "precision"},
                     {"mult_adds", "M mult-adds", Align::kRight},
                     {"top1_percent", "top-1 %", Align::kRight},
                     {"top1_source", "by"},
                     {"median_ms", "median ms", Align::kRight},
                     {"p90_ms", "p90 ms", Align::kRight},
                     {"runs", "runs", Align::kRight},
                     {"latency_source", "latency"},
                     {"is_on_front", "front"}});
  for (const TradeoffRow& row : report.rows) {
    const ReportTable::Cell top1 = {
        row.top1_percent ? FixedText(*row.top1_percent, kShownPercentDecimals) : "-",
        row.top1_percent ? ShortFixedText(*row.top1_percent, 4) : ""};
    const std::string source = SourceOf(row);
    table.AddRow({ReportTable::Same(row.name),
                  ReportTable::Same(row.precision),
                  {FixedText(Millions(row.mult_adds), 2), std::to_string(row.mult_adds)},
                  top1,
                  {source.empty() ? "-" : source, source},
                  Milliseconds(row.median_ms),
                  Milliseconds(row.p90_ms),
                  {row.is_estimated ? "-" : std::to_string(row.runs), std::to_string(row.runs)},
                  ReportTable::Same(row.is_estimated ? "estimated" : "measured"),
                  {row.is_on_front ? "*" : "", row.is_on_front ? "true" : "false"}});
  }
  return table;
}

std::string ChoiceText(const TradeoffReport& report, const std::string& limit, const std::string& best,
                       const std::optional<size_t>& index, TableFormat format) {
  if (!index) return StrCat(limit, ": no model here is good enough\n");
  const TradeoffRow& row = report.rows[*index];
  const std::string top1 =
      row.top1_percent ? StrCat("top-1 ", FixedText(*row.top1_percent, kShownPercentDecimals), " %, ") : "";
  return StrCat(limit, ": ", best, " is ", ShownText(row.name, format), " (", top1, "median ",
                MillisecondsText(row.median_ms), " ms, p90 ", MillisecondsText(row.p90_ms),
                row.is_estimated ? ", estimated" : "", ")", format == TableFormat::kMarkdown ? "\n\n" : "\n",
                "    ", CommandFor(row), "\n");
}

void WriteChoice(JsonWriter& json, const TradeoffReport& report, std::string_view key,
                 std::string_view limit_key, const std::optional<double>& limit,
                 const std::optional<size_t>& index) {
  json.Key(key);
  if (!limit) return json.Null();
  json.BeginObject();
  json.Fixed(limit_key, *limit, kTimeDecimals);
  std::optional<std::string> name, command;
  if (index) {
    name = report.rows[*index].name;
    command = CommandFor(report.rows[*index]);
  }
  json.OptionalString("name", name);
  json.OptionalString("command", command);
  json.EndObject();
}

void WriteRow(JsonWriter& json, const TradeoffRow& row) {
  json.BeginObject();
  json.String("name", row.name);
  WriteKnown(json, "path", row.path);
  json.String("architecture", row.architecture);
  json.Significant("width_multiplier", row.width_multiplier, 6);
  json.Integer("resolution", row.resolution);
  json.String("precision", row.precision);
  json.Integer("mult_adds", row.mult_adds);
  json.Key("top1_percent");
  row.top1_percent ? json.Fixed(*row.top1_percent, 4) : json.Null();
  WriteKnown(json, "top1_source", SourceOf(row));
  if (row.evaluated) {
    WriteRight(json, "top1", *row.evaluated);
  } else {
    json.Key("top1");
    json.Null();
  }
  json.Integer("images", row.evaluated_images);
  json.String("latency_source", row.is_estimated ? "estimated" : "measured");
  json.Integer("runs", row.runs);
  json.Key("latency_ms");
  json.BeginObject();
  json.Key("min");
  row.is_estimated ? json.Null() : json.Fixed(row.min_ms, kTimeDecimals);
  json.Fixed("median", row.median_ms, kTimeDecimals);
  json.Fixed("p90", row.p90_ms, kTimeDecimals);
  json.EndObject();
  json.Boolean("is_on_front", row.is_on_front);
  json.EndObject();
}

}  // namespace

void SettleTradeoff(TradeoffReport& report) {
  std::vector<TradeoffRow>& rows = report.rows;
  std::stable_sort(rows.begin(), rows.end(), [](const TradeoffRow& a, const TradeoffRow& b) {
    return a.median_ms != b.median_ms ? a.median_ms < b.median_ms : a.top1_percent > b.top1_percent;
  });
  double best = -1;
  const auto is_better = [&](size_t i, const std::optional<size_t>& other) {
    return !other || rows[i].top1_percent > rows[*other].top1_percent;
  };
  report.within_budget = report.accurate_enough = std::nullopt;
  for (size_t i = 0; i < rows.size(); ++i) {
    TradeoffRow& row = rows[i];
    row.is_on_front = row.top1_percent && *row.top1_percent > best;
    if (!row.top1_percent) continue;
    best = std::max(best, *row.top1_percent);
    if (report.budget_ms && row.p90_ms <= *report.budget_ms && is_better(i, report.within_budget)) {
      report.within_budget = i;
    }
    if (report.min_top1_percent && *row.top1_percent >= *report.min_top1_percent && !report.accurate_enough) {
      report.accurate_enough = i;
    }
  }
}

std::string TradeoffText(const TradeoffReport& report, TableFormat format) {
  std::string text = MakeTable(report).Format(format);
  if (format == TableFormat::kCsv) return text;
  const std::string gap = format == TableFormat::kMarkdown ? "\n" : "";
  text += StrCat("\n", report.threads, report.threads == 1 ? " thread" : " threads", ", backend ",
                 report.backend, "; top-1 ",
                 report.dataset.empty() ? "of ImageNet's validation images, as published"
                                        : "on " + ShownText(report.dataset, format),
                 "\n", gap, "*: on the front (no other model is as fast and more accurate)\n");
  if (!report.is_complete) text += gap + "interrupted: this is what was measured until then\n";
  if (report.budget_ms) {
    text += gap + ChoiceText(report, StrCat("within ", ShortFixedText(*report.budget_ms, 4), " ms"),
                             "the most accurate", report.within_budget, format);
  }
  if (report.min_top1_percent) {
    text += gap + ChoiceText(report,
                             StrCat("top-1 of ", ShortFixedText(*report.min_top1_percent, 4), " % and more"),
                             "the fastest", report.accurate_enough, format);
  }
  return text + gap + JudgementText(report.judgement, format, kMostReasons);
}

std::string TradeoffJson(const TradeoffReport& report) {
  JsonWriter json;
  json.BeginObject();
  json.Integer("threads", report.threads);
  json.String("backend", report.backend);
  json.String("dataset", report.dataset);
  json.Key("models");
  json.BeginArray();
  for (const TradeoffRow& row : report.rows) WriteRow(json, row);
  json.EndArray();
  WriteChoice(json, report, "budget", "budget_ms", report.budget_ms, report.within_budget);
  WriteChoice(json, report, "min_top1", "min_top1_percent", report.min_top1_percent, report.accurate_enough);
  json.Boolean("is_complete", report.is_complete);
  WriteJudgement(json, report.judgement);
  WriteMachine(json, report.machine, report.last_level_cache_bytes);
  json.EndObject();
  return json.text() + "\n";
}

std::string TradeoffPlot(const TradeoffReport& report) {
  PointPlot plot;
  plot.title = "Accuracy over latency";
  plot.subtitle =
      StrCat(report.machine.board.empty() ? "" : report.machine.board + ", ", report.threads,
             report.threads == 1 ? " thread" : " threads", ", backend ", report.backend, "; top-1 ",
             report.dataset.empty() ? "of ImageNet, as published" : "on " + report.dataset);
  plot.x_title = "median latency of an image (ms)";
  plot.y_title = "top-1 accuracy (%)";
  plot.is_x_log = true;
  PointPlot::Series front{"front", {}, true};
  std::vector<PointPlot::Series> others;
  std::vector<std::string> without;
  for (const TradeoffRow& row : report.rows) {
    if (!row.top1_percent || !(row.median_ms > 0)) {
      without.push_back(row.name);
      continue;
    }
    const PointPlot::Point point{row.median_ms, *row.top1_percent, row.name};
    if (row.is_on_front) front.points.push_back({point.x, point.y, ""});
    const std::string name =
        StrCat(NetworkFamily(row.architecture), " ", row.precision, row.is_estimated ? ", estimated" : "");
    auto series = std::find_if(others.begin(), others.end(),
                               [&](const PointPlot::Series& other) { return other.name == name; });
    if (series == others.end()) series = others.insert(others.end(), {name, {}, false});
    series->points.push_back(point);
    series->points.back().is_label_shown = row.is_on_front || report.rows.size() <= kMostLabels;
  }
  if (front.points.empty()) Fail("--plot: no model here has a known top-1 accuracy (--eval DATASET?)");
  plot.series.push_back(std::move(front));
  for (PointPlot::Series& series : others) plot.series.push_back(std::move(series));
  if (!without.empty()) plot.notes.push_back("without a known accuracy: " + StrJoin(without));
  return PointPlotSvg(plot);
}

}  // namespace mobilenet
