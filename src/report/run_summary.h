// What a run over many images did, on one line.
#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "src/report/rows.h"

namespace mobilenet {

// Percentiles of any number of durations in constant memory, correct to half a percent: from one microsecond
// on, each counter stands for durations that differ by less than 1 %.
class DurationHistogram {
 public:
  void Add(double duration_ms);
  // The duration that `percent` of all do not exceed; 0 if there are none.
  double Percentile(double percent) const;

 private:
  std::array<int64_t, 2400> counts_ = {};  // up to 1.01^2400 us = 6.5 hours
  int64_t total_ = 0;
};

struct RunTotals {
  int64_t images = 0;           // in this run, including failures
  int64_t failures = 0;         // in this run
  int64_t recorded_before = 0;  // records of an earlier run that were kept
  int64_t skipped_files = 0;    // in folders, not images by their names
  int64_t skipped_hidden = 0;   // hidden files and folders in folders
  int64_t dropped_frames = 0;   // from a stream
  double elapsed_s = 0;
  DurationHistogram decode;
  DurationHistogram preprocess;
  DurationHistogram inference;

  // Counts the row, and its times if it has no error.
  void Add(const ClassifyRow& row);
};

// "200 images, 1 failure, 4.0 s, 50.0 images/s; ms (p50/p95/p99): decode 20.1/22.0/25.3, preprocess ...,
// inference ..." and a newline.
std::string SummaryLine(const RunTotals& summary);

}  // namespace mobilenet
