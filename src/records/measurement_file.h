// The FILE of tradeoff --output: what was measured for each model, turn by turn, so that a run that was
// stopped goes on where it ended. JSON lines; the first one says how the measurements were made.
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

// A file can be continued if these are the same.
struct MeasurementSettings {
  int threads = 0;
  std::string backend;
  std::string precision;  // as asked for
  std::string isa;
  std::string schedule;
  std::string dataset;  // on which right answers are counted; "" for none
};

// What one turn gave for one model: how long it takes, or how often it is right.
struct Measurement {
  std::string model;               // path, or the name of a network with random weights
  std::optional<FileStamp> stamp;  // none for random weights
  // model, architecture, precision, threads, warmup, runs_ms, and of the layers type, mult_adds, moved_bytes
  // and latency_ms; none in a measurement of right answers.
  std::optional<BenchResult> latency;
  std::optional<RightRow> top1;
  int64_t images = 0;  // the images that top1 refers to
};

class MeasurementFile {
 public:
  // Opens the file or makes it. Throws Error, as all of these do.
  explicit MeasurementFile(const std::string& path) : file_(path) {}

  // The number of threads with which the file's measurements were made; none if it has none.
  std::optional<int> EarlierThreads() const;

  // Starts the file, or continues it: whatever a power cut left of its last line is cut off. A file that
  // holds anything else is refused, and one that was measured in another way can only be started anew.
  void Open(const MeasurementSettings& settings, bool is_resumed);

  // What it holds for models whose files are unchanged, in the order of measurement.
  const std::vector<Measurement>& measurements() const { return measurements_; }
  void Add(Measurement measurement);
  // Waits until everything is on the disk.
  void Finish() { file_.Finish(); }

 private:
  RecordFile file_;
  std::vector<Measurement> measurements_;
};

}  // namespace mobilenet
