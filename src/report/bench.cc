#include "src/report/bench.h"

#include <cmath>
#include <optional>

#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/bench_verdict.h"
#include "src/report/layer_table.h"
#include "src/report/layer_types.h"
#include "src/report/terminal_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

// The layers' times are taken one after the other: what they leave out is the time that taking them costs.
constexpr double kLayersSumPart = 0.03;

std::string MegabytesText(const std::optional<int64_t>& bytes) {
  return bytes ? FixedText(static_cast<double>(*bytes) / (1024 * 1024), 1) + " MB" : "unknown";
}

std::string Counted(int64_t count, const std::string& one) {
  return StrCat(count, " ", one, count == 1 ? "" : "s");
}

std::string Row(const std::string& name, const std::string& value) {
  return StrCat("  ", name, std::string(12 - name.size(), ' '), value, "\n");
}

std::string ResultTitle(const BenchResult& result) {
  return StrCat(TerminalText(result.model), ": ", result.architecture, " ", result.width_multiplier, " ",
                result.resolution, ", ", result.precision, ", backend ", result.backend, ", ",
                Counted(result.threads, "thread"), "\n");
}

std::string ResultText(const BenchResult& result) {
  const Distribution latency = Describe(result.runs_ms);
  return ResultTitle(result) +
         Row("inference",
             StrCat("min ", MillisecondsText(latency.min), " ms, median ", MillisecondsText(latency.median),
                    ", p90 ", MillisecondsText(latency.p90), ", p99 ", MillisecondsText(latency.p99),
                    ", max ", MillisecondsText(latency.max))) +
         Row("",
             StrCat("mean ", MillisecondsText(latency.mean), " ms, standard deviation ",
                    MillisecondsText(latency.stddev), ", ", Counted(latency.outliers, "outlier"), " of ",
                    Counted(std::ssize(result.runs_ms), "run"), " after ", result.warmup, " to warm up")) +
         Row("throughput", StrCat(FixedText(1000 / latency.mean, 1), " images/s")) +
         Row("start", StrCat("load ", MillisecondsText(result.load_ms), " ms, packing ",
                             MillisecondsText(result.packing_ms), ", first inference ",
                             MillisecondsText(result.first_ms))) +
         Row("memory", StrCat("peak ", MegabytesText(result.peak_rss_bytes), ", afterwards ",
                              MegabytesText(result.steady_rss_bytes)));
}

std::string LayersText(const BenchResult& result) {
  std::vector<LayerRow> layers;
  std::vector<LayerDetail> details;
  double total_ms = 0;
  for (const BenchLayerRow& row : result.layers) {
    layers.push_back(row.layer);
    details.push_back({row.stddev_ms, row.moved_bytes});
    total_ms += row.layer.latency_ms;
  }
  std::string text = LayerTable(layers, details) + "\n";
  TextTable types({{"type"},
                   {"layers", Align::kRight},
                   {"M mult-adds", Align::kRight},
                   {"M parameters", Align::kRight},
                   {"ms", Align::kRight},
                   {"%", Align::kRight}});
  for (const LayerTypeRow& type : LayerTypes(result.layers)) {
    types.AddRow({type.type, std::to_string(type.layers),
                  FixedText(static_cast<double>(type.mult_adds) / 1e6, 2),
                  FixedText(static_cast<double>(type.parameters) / 1e6, 2), FixedText(type.latency_ms, 3),
                  FixedText(100 * type.latency_ms / total_ms, 1)});
  }
  text += types.Text("");
  if (std::abs(result.layers_sum_part - 1) > kLayersSumPart) {
    text += StrCat("the layers together took ", FixedText(100 * result.layers_sum_part, 1),
                   " % of the inference: the times of single layers are that far off\n");
  }
  return text;
}

}  // namespace

std::string BenchTable(const BenchReport& report, TableFormat format) {
  ReportTable table({{"model", "model"},
                     {"backend", "backend"},
                     {"precision", "precision"},
                     {"threads", "threads", Align::kRight},
                     {"runs", "runs", Align::kRight},
                     {"min_ms", "min ms", Align::kRight},
                     {"median_ms", "median ms", Align::kRight},
                     {"p90_ms", "p90 ms", Align::kRight},
                     {"p99_ms", "p99 ms", Align::kRight},
                     {"max_ms", "max ms", Align::kRight},
                     {"mean_ms", "mean ms", Align::kRight},
                     {"stddev_ms", "stddev ms", Align::kRight},
                     {"images_per_second", "images/s", Align::kRight},
                     {"peak_rss_bytes", "peak MB", Align::kRight},
                     {"ratio", "ratio", Align::kRight}});
  const auto ms = [](double value) {
    return ReportTable::Cell{MillisecondsText(value), ShortFixedText(value, 4)};
  };
  const double first_ms = Median(report.results.front().runs_ms);
  for (const BenchResult& result : report.results) {
    const Distribution latency = Describe(result.runs_ms);
    const std::optional<int64_t> peak = result.peak_rss_bytes;
    const double ratio = latency.median / first_ms;
    table.AddRow({ReportTable::Same(result.model),
                  ReportTable::Same(result.backend),
                  ReportTable::Same(result.precision),
                  ReportTable::Integer(result.threads),
                  ReportTable::Integer(std::ssize(result.runs_ms)),
                  ms(latency.min),
                  ms(latency.median),
                  ms(latency.p90),
                  ms(latency.p99),
                  ms(latency.max),
                  ms(latency.mean),
                  ms(latency.stddev),
                  {FixedText(1000 / latency.mean, 1), SignificantText(1000 / latency.mean, 6)},
                  {peak ? FixedText(static_cast<double>(*peak) / (1024 * 1024), 1) : "-",
                   peak ? std::to_string(*peak) : ""},
                  {FixedText(ratio, 2), SignificantText(ratio, 5)}});
  }
  std::string text = table.Format(format);
  if (format == TableFormat::kMarkdown) text += "\n" + JudgementText(report.judgement, format);
  return text;
}

std::string BenchText(const BenchReport& report, bool with_layers) {
  std::string text;
  if (report.results.size() == 1) {
    const BenchResult& result = report.results.front();
    text =
        ResultText(result) + JudgementText(report.judgement, TableFormat::kText) + "\n" + LayersText(result);
  } else {
    text = BenchTable(report, TableFormat::kText) + JudgementText(report.judgement, TableFormat::kText);
    for (const BenchResult& result : report.results) {
      if (with_layers) text += "\n" + ResultTitle(result) + LayersText(result);
    }
  }
  return text;
}

}  // namespace mobilenet
