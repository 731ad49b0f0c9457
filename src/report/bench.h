// BenchReport for people and for programs.
#pragma once

#include <string>

#include "src/report/bench_comparison.h"
#include "src/report/bench_rows.h"
#include "src/report/report_table.h"

namespace mobilenet {

// "v1.safetensors, auto, s8, 2 threads on cores 0-1".
std::string WayText(const BenchWay& way);
// "0-1"; "" if it is not bound to any.
std::string HeldCores(const BenchWay& way);

// One result with everything about it and the table of its layers; or several as a table, with the ratio to
// the first. Then whether to believe it. `with_layers`: also the layers of several results. `columns`: of the
// terminal, 0: as many as needed.
std::string BenchText(const BenchReport& report, bool with_layers, int columns = 0);

// Text to paste into an issue: Markdown with the program, the machine, the table and the verdict, and only
// the file names of paths.
std::string BenchSubmission(BenchReport report);

// One row per result in that format; in Markdown also the verdict, and what was skipped.
std::string BenchTable(const BenchReport& report, TableFormat format);

// One object on one line and a newline at the end: results [{model, sha256, architecture, width_multiplier,
// resolution, backend, precision, threads, cores, warmup, runs, latency_ms {min, median, p90, p99, max, mean,
// stddev}, outliers, images_per_second, ratio, load_ms, packing_ms, first_ms, image {path, width, height,
// read_ms, decode_ms, preprocess_ms, total_ms: medians}, energy {watts, joules_per_image}, peak_rss_bytes,
// steady_rss_bytes, layers_sum_part, layers [as in a classify record, and type, stddev_ms, gflops,
// moved_bytes], layer_types [{type, mult_adds, latency_ms}], runs_ms [each]}], skipped [{model, backend,
// precision, threads, cores, reason}], recommended [{model, backend, precision, threads, cores, median_ms}:
// of a sweep], kept_in, verdict, reasons, power_source, program,
// machine (doctor.h), samples [what the machine told before, during and after]. And, of the first result, as
// members of the object itself: model, architecture, width_multiplier, resolution, precision, threads,
// warmup, runs, inference_ms {min, median}, layers.
// With `comparison` also comparison {max_regression_percent, is_slower, figures [{model, backend, precision,
// threads, cores, figure, earlier_ms, later_ms, ratio, low, high, is_slower}]}.
std::string BenchJson(const BenchReport& report, const BenchComparison* comparison);

}  // namespace mobilenet
