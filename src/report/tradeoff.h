// Accuracy against latency of models on one machine: for people, as CSV, Markdown, JSON and a picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/base/machine.h"
#include "src/report/bench_rows.h"
#include "src/report/evaluation.h"
#include "src/report/report_table.h"

namespace mobilenet {

struct TradeoffRow {
  std::string name;    // from the catalogue or the file: "mobilenet_v1_0.5_160_s8"
  std::string path;    // "" if it is not on this machine
  std::string option;  // which commands need to run this very row: "--precision f32"; "" for none
  std::string architecture;
  double width_multiplier = 1.0;
  int resolution = 0;     // pixels
  std::string precision;  // "f32", "u8", "s8": as it runs
  int64_t mult_adds = 0;
  std::optional<double> top1_percent;  // none if unknown
  std::optional<RightRow> evaluated;   // if from labelled images; otherwise it is the published one
  std::optional<int64_t> evaluated_images;
  bool is_estimated = false;  // from the layers of others; then there is no min_ms, and runs is 0
  int64_t runs = 0;
  double min_ms = 0;
  double median_ms = 0;
  double p90_ms = 0;
  bool is_on_front = false;  // no other model is as fast and more accurate, or as accurate and faster
};

struct TradeoffReport {
  std::vector<TradeoffRow> rows;  // the fastest first
  int threads = 0;
  std::string backend;  // the value of --backend
  std::string dataset;  // where accuracies were measured; "" for published ones
  std::optional<double> budget_ms;
  std::optional<size_t> within_budget;  // the most accurate row whose p90 is within it
  std::optional<double> min_top1_percent;
  std::optional<size_t> accurate_enough;  // the fastest row that reaches it
  bool is_complete = true;                // false: it was interrupted
  BenchJudgement judgement;
  Machine machine;
  int64_t last_level_cache_bytes = 0;
};

// Sorts the rows, marks the front, and finds the rows that meet the limits.
void SettleTradeoff(TradeoffReport& report);

// One line per model and, for people, what meets the limits, with the command for it, and the verdict.
std::string TradeoffText(const TradeoffReport& report, TableFormat format);

// One object on one line, and a newline at the end: threads, backend, dataset ("" for published accuracies),
// models [{name, path (null: not here), architecture, width_multiplier, resolution, precision, mult_adds,
// top1_percent, top1_source ("published", "eval"), top1 (from eval: {right, rate, low, high}), images,
// latency_source ("measured", "estimated"), runs, latency_ms {min, median, p90}, is_on_front}], the fastest
// first; budget (null or {budget_ms, name, command}) and min_top1 (null or {min_top1_percent, name,
// command}), whose name and command are null if no model is good enough; is_complete, verdict, reasons,
// machine (doctor.h).
std::string TradeoffJson(const TradeoffReport& report);

// Accuracy over the median latency, with the front. Throws Error if no row has an accuracy.
std::string TradeoffPlot(const TradeoffReport& report);

}  // namespace mobilenet
