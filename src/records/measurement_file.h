// The FILE of tradeoff --output: what was measured of each model, turn by turn, so that a run that was
// stopped goes on where it ended. JSON lines, the first of which says how it was measured.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/records/record_file.h"
#include "src/report/bench_rows.h"
#include "src/report/evaluation.h"
#include "src/report/rows.h"

namespace mobilenet {

// A file can be continued where these are the same.
struct MeasurementSettings {
  int threads = 0;
  std::string backend;
  std::string precision;  // as asked for
  std::string isa;
  std::string schedule;
  std::string dataset;  // that right answers are counted on; "" for none
};

// Of one model what one turn gave: how long it takes, or how right it is.
struct Measurement {
  std::string model;               // path, or what stands for a network with random weights
  std::optional<FileStamp> stamp;  // none of those
  // model, architecture, precision, threads, warmup, runs_ms, and of the layers type, mult_adds, moved_bytes
  // and latency_ms; none of a measurement of right answers.
  std::optional<BenchResult> latency;
  std::optional<RightRow> top1;
  int64_t images = 0;  // that top1 is of
};

class MeasurementFile {
 public:
  // Opens the file or makes it. Throws Error, as all of these do.
  explicit MeasurementFile(const std::string& path) : file_(path) {}

  // The number of threads that the file's measurements were made with; none where there are none.
  std::optional<int> EarlierThreads() const;

  // Starts the file, or continues it: what a power cut left of its last line is cut off. A file of anything
  // else is refused, and one that was measured in another way can only be begun anew.
  void Open(const MeasurementSettings& settings, bool is_resumed);

  // What it holds of models whose files are still the same, in the order in which it was measured.
  const std::vector<Measurement>& measurements() const { return measurements_; }
  void Add(Measurement measurement);
  // All is on the disk.
  void Finish() { file_.Finish(); }

 private:
  RecordFile file_;
  std::vector<Measurement> measurements_;
};

}  // namespace mobilenet
