#include "src/report/bench.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <utility>

#include "src/base/cpu_cores.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/report/bench_verdict.h"
#include "src/report/doctor.h"
#include "src/report/layer_table.h"
#include "src/report/layer_types.h"
#include "src/report/network_title.h"
#include "src/report/terminal_text.h"
#include "src/report/text_table.h"

namespace mobilenet {
namespace {

// The layers are timed one after another: their sum lacks only the time that the timing itself costs.
constexpr double kLayersSumPart = 0.03;

std::string MemoryText(const std::optional<int64_t>& bytes) {
  return bytes ? FixedText(static_cast<double>(*bytes) / (1024 * 1024), 1) + " MB" : "unknown";
}

std::string Counted(int64_t count, const std::string& one) {
  return StrCat(count, " ", one, count == 1 ? "" : "s");
}

std::string ResultRow(const std::string& name, const std::string& value) {
  return StrCat("  ", name, std::string(12 - name.size(), ' '), value, "\n");
}

std::string ThreadsText(const BenchWay& way) {
  const std::string threads = Counted(way.threads, "thread");
  if (way.cores.empty()) return threads;
  return StrCat(threads, way.cores.size() == 1 ? " on core " : " on cores ", HeldCores(way));
}

std::string ResultTitle(const BenchResult& result) {
  return StrCat(TerminalText(result.way.model), ": ", result.architecture, " ",
                WidthText(result.width_multiplier), " ", result.resolution, ", ", result.way.precision,
                ", backend ", result.way.backend, ", ", ThreadsText(result.way), "\n");
}

std::string ImageText(const BenchResult& result) {
  if (!result.image) return "";
  const BenchImage& image = *result.image;
  const auto ms = [](const std::vector<double>& times_ms) { return MillisecondsText(Median(times_ms)); };
  return ResultRow("image", StrCat(TerminalText(image.path), " (", image.width, " x ", image.height, ")")) +
         ResultRow("", StrCat("read ", ms(image.read_ms), " ms, decode ", ms(image.decode_ms),
                              ", preprocess ", ms(image.preprocess_ms), ", inference ", ms(result.runs_ms),
                              ", from file to labels ", ms(image.total_ms), " (medians)"));
}

std::string EnergyText(const BenchResult& result, const std::string& power_source) {
  if (!result.energy) return "unknown";
  return StrCat(SignificantText(result.energy->joules, 3), " J per image, ",
                SignificantText(result.energy->watts, 3), " W (", TerminalText(power_source), ")");
}

std::string ResultText(const BenchResult& result, const std::string& power_source) {
  const Distribution latency = Describe(result.runs_ms);
  return ResultTitle(result) +
         ResultRow("inference",
                   StrCat("min ", MillisecondsText(latency.min), " ms, median ",
                          MillisecondsText(latency.median), ", p90 ", MillisecondsText(latency.p90), ", p99 ",
                          MillisecondsText(latency.p99), ", max ", MillisecondsText(latency.max))) +
         ResultRow("", StrCat("mean ", MillisecondsText(latency.mean), " ms, standard deviation ",
                              MillisecondsText(latency.stddev), ", ", Counted(latency.outliers, "outlier"),
                              " of ", Counted(std::ssize(result.runs_ms), "run"), " after ", result.warmup,
                              " to warm up")) +
         ImageText(result) + ResultRow("throughput", StrCat(FixedText(1000 / latency.mean, 1), " images/s")) +
         ResultRow("start", StrCat("load ", MillisecondsText(result.load_ms), " ms, packing ",
                                   MillisecondsText(result.packing_ms), ", first inference ",
                                   MillisecondsText(result.first_ms))) +
         ResultRow("memory", StrCat("peak ", MemoryText(result.peak_rss_bytes), ", afterwards ",
                                    MemoryText(result.steady_rss_bytes))) +
         ResultRow("energy", EnergyText(result, power_source));
}

std::string LayersText(const BenchResult& result, int columns) {
  std::vector<LayerRow> layers;
  std::vector<LayerDetail> details;
  double total_ms = 0;
  for (const BenchLayerRow& row : result.layers) {
    layers.push_back(row.layer);
    details.push_back({row.stddev_ms, row.moved_bytes});
    total_ms += row.layer.latency_ms;
  }
  std::string text = LayerTable(layers, details, {.columns = columns}) + "\n";
  TextTable types({{"type"},
                   {"layers", Align::kRight},
                   {"M mult-adds", Align::kRight},
                   {"M parameters", Align::kRight},
                   {"ms", Align::kRight},
                   {"%", Align::kRight}});
  for (const LayerTypeRow& type : LayerTypes(result.layers)) {
    types.AddRow({type.type, std::to_string(type.layers), FixedText(Millions(type.mult_adds), 2),
                  FixedText(Millions(type.parameters), 2), FixedText(type.latency_ms, 3),
                  FixedText(100 * type.latency_ms / total_ms, 1)});
  }
  text += types.Text("");
  if (std::abs(result.layers_sum_part - 1) > kLayersSumPart) {
    text += StrCat("the layers together took ", FixedText(100 * result.layers_sum_part, 1),
                   " % of the inference: the times of single layers may be off by as much\n");
  }
  return text;
}

// One line for each reason; of ways that differ only in threads and cores, the first one stands for all.
std::string SkippedText(const std::vector<BenchSkipped>& all, TableFormat format) {
  std::string text;
  const BenchSkipped* before = nullptr;
  for (const BenchSkipped& skipped : all) {
    const bool is_said = before != nullptr && before->way.model == skipped.way.model &&
                         before->way.backend == skipped.way.backend &&
                         before->way.precision == skipped.way.precision && before->reason == skipped.reason;
    before = &skipped;
    if (is_said) continue;
    text += StrCat(format == TableFormat::kMarkdown ? "\n" : "", "skipped: backend ", skipped.way.backend,
                   ", precision ", skipped.way.precision, ": ", ShownText(skipped.reason, format), "\n");
  }
  return text;
}

std::string RecommendationsText(const BenchReport& report, TableFormat format) {
  std::string text;
  for (const BenchRecommendation& one : report.recommendations) {
    text += StrCat(format == TableFormat::kMarkdown ? "\n" : "", "recommended: ");
    if (report.recommendations.size() > 1) {
      text += StrCat(ShownText(one.way.model, format), ", ", one.way.backend, ", ", one.way.precision, ": ");
    }
    text += StrCat("--threads ", one.way.threads, " --cores ", HeldCores(one.way), ", median ",
                   MillisecondsText(one.median_ms), " ms");
    if (report.judgement.verdict != BenchVerdict::kValid) text += " (but see the verdict)";
    text += "\n";
  }
  return text;
}

}  // namespace

std::string HeldCores(const BenchWay& way) {
  return CoresText(way.cores);
}

std::string WayText(const BenchWay& way) {
  return StrCat(way.model, ", ", way.backend, ", ", way.precision, ", ", ThreadsText(way));
}

std::string BenchTable(const BenchReport& report, TableFormat format) {
  // CSV always has the same columns.
  const bool has_cores = format == TableFormat::kCsv ||
                         std::any_of(report.results.begin(), report.results.end(),
                                     [](const BenchResult& result) { return !result.way.cores.empty(); });
  std::vector<ReportTable::Column> columns = {{"model", "model"},
                                              {"backend", "backend"},
                                              {"precision", "precision"},
                                              {"threads", "threads", Align::kRight}};
  if (has_cores) columns.push_back({"cores", "cores"});
  for (const char* time : {"min", "median", "p90", "p99", "max", "mean", "stddev"}) {
    if (columns.back().key == "threads" || columns.back().key == "cores") {
      columns.push_back({"runs", "runs", Align::kRight});
    }
    columns.push_back({StrCat(time, "_ms"), StrCat(time, " ms"), Align::kRight});
  }
  const bool has_image = report.results.front().image.has_value();
  if (has_image) {
    for (const char* stage : {"read", "decode", "preprocess"}) {
      columns.push_back({StrCat(stage, "_ms"), StrCat(stage, " ms"), Align::kRight});
    }
    columns.push_back({"total_ms", "file to labels ms", Align::kRight});
  }
  columns.push_back({"images_per_second", "images/s", Align::kRight});
  const bool has_energy = std::any_of(report.results.begin(), report.results.end(),
                                      [](const BenchResult& result) { return result.energy.has_value(); });
  if (has_energy) columns.push_back({"joules_per_image", "J/image", Align::kRight});
  columns.push_back({"peak_rss_bytes", "peak MB", Align::kRight});
  columns.push_back({"ratio", "ratio", Align::kRight});
  ReportTable table(std::move(columns));
  const auto ms = [](double value) {
    return ReportTable::Cell{MillisecondsText(value), ShortFixedText(value, 4)};
  };
  const double first_ms = Median(report.results.front().runs_ms);
  for (const BenchResult& result : report.results) {
    const Distribution latency = Describe(result.runs_ms);
    const std::optional<int64_t> peak = result.peak_rss_bytes;
    const double ratio = latency.median / first_ms;
    std::vector<ReportTable::Cell> cells = {
        ReportTable::Same(result.way.model), ReportTable::Same(result.way.backend),
        ReportTable::Same(result.way.precision), ReportTable::Integer(result.way.threads)};
    if (has_cores) cells.push_back(ReportTable::Same(HeldCores(result.way)));
    cells.push_back(ReportTable::Integer(std::ssize(result.runs_ms)));
    for (const double time_ms :
         {latency.min, latency.median, latency.p90, latency.p99, latency.max, latency.mean, latency.stddev}) {
      cells.push_back(ms(time_ms));
    }
    if (has_image) {
      const BenchImage& image = *result.image;
      for (const auto* times_ms : {&image.read_ms, &image.decode_ms, &image.preprocess_ms, &image.total_ms}) {
        cells.push_back(ms(Median(*times_ms)));
      }
    }
    cells.push_back({FixedText(1000 / latency.mean, 1), SignificantText(1000 / latency.mean, 6)});
    if (has_energy) {
      const auto& energy = result.energy;
      cells.push_back({energy ? SignificantText(energy->joules, 3) : "-",
                       energy ? SignificantText(energy->joules, 5) : ""});
    }
    cells.push_back({peak ? FixedText(static_cast<double>(*peak) / (1024 * 1024), 1) : "-",
                     peak ? std::to_string(*peak) : ""});
    cells.push_back({FixedText(ratio, 2), SignificantText(ratio, 5)});
    table.AddRow(std::move(cells));
  }
  std::string text = table.Format(format);
  if (format == TableFormat::kMarkdown) {
    text += "\n" + JudgementText(report.judgement, format) + SkippedText(report.skipped, format) +
            RecommendationsText(report, format);
  }
  return text;
}

std::string BenchSubmission(BenchReport report) {
  for (BenchResult& result : report.results) {
    result.way.model = std::filesystem::path(result.way.model).filename().string();
  }
  const BenchProgram& program = report.program;
  DoctorReport doctor;
  doctor.machine = report.machine;
  doctor.last_level_cache_bytes = report.last_level_cache_bytes;
  doctor.program.architecture = program.architecture;
  doctor.program.isa_detected = program.isa;
  std::string text =
      StrCat("mobilenet ", program.version, ", ", MarkdownText(program.compiler), ", ",
             program.xnnpack_generation.empty() ? "no XNNPACK"
                                                : "XNNPACK " + MarkdownText(program.xnnpack_generation),
             ", native kernels ", program.isa, "\n\n```\n", MachineText(doctor), "```\n\n",
             BenchTable(report, TableFormat::kMarkdown));
  for (const BenchResult& result : report.results) {
    if (result.sha256 && text.find(*result.sha256) == text.npos) {
      text += StrCat("\nSHA-256 of ", MarkdownText(result.way.model), ": ", *result.sha256, "\n");
    }
  }
  return text;
}

std::string BenchText(const BenchReport& report, bool with_layers, int columns) {
  const TableFormat format(TableFormat::kText, columns);
  std::string text;
  if (report.results.size() == 1) {
    const BenchResult& result = report.results.front();
    text = ResultText(result, report.power_source) + JudgementText(report.judgement, format) +
           SkippedText(report.skipped, format) + RecommendationsText(report, format) + "\n" +
           LayersText(result, columns);
  } else {
    text = BenchTable(report, format) + JudgementText(report.judgement, format) +
           SkippedText(report.skipped, format) + RecommendationsText(report, format);
    for (const BenchResult& result : report.results) {
      if (with_layers) text += "\n" + ResultTitle(result) + LayersText(result, columns);
    }
  }
  return text;
}

}  // namespace mobilenet
