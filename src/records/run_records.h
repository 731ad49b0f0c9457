// The records of one run in a file, with FILE.meta.json beside it: started or continued, written, completed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "src/records/in_hand.h"
#include "src/records/record_file.h"
#include "src/records/record_format.h"
#include "src/records/resume.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

struct RecordOptions {
  RecordFormat format = RecordFormat::kText;
  bool resume = false;        // continue the file where it ends
  bool retry_failed = false;  // when continuing: inputs that failed are done again
  SyncInterval sync;
};

class RunRecords {
 public:
  // Opens the file or makes it. Throws Error, as all of these do.
  explicit RunRecords(const std::string& path) : file_(path) {}

  // Starts the file, or continues it if it was made with the same settings. `header` is what the file begins
  // with, "" for nothing. A pipe or a device gets no metadata.
  void Open(const RunMetadata& metadata, const std::string& header, const RecordOptions& options);

  // Of the run that is continued.
  const RecordedInputs& earlier() const { return recorded_; }
  // Whether there is already a record for this input. A path that is given twice has two.
  bool Take(const std::string& path) { return recorded_.Take(path); }
  // How many runs were killed while they had this input in hand.
  int Deaths(const std::string& path) const { return in_hand_ ? in_hand_->Deaths(path) : 0; }

  // An input is about to be read; its record has been written. Called by several threads.
  void Begin(const std::string& path) {
    if (in_hand_) in_hand_->Add(path);
  }
  void End(const std::string& path) {
    if (in_hand_) in_hand_->Remove(path);
  }

  void Write(const std::string& record) { file_.Write(record); }

  // Waits until all is on the disk. Throws Error if it is not, or if others have meddled with the file.
  void Finish() { file_.Finish(); }
  // Every input has its record: this many in this run, this many of them failures.
  void Complete(int64_t images, int64_t failures);
  // The run ends, well or not, but is not killed. Does not throw.
  void Close();

 private:
  RecordFile file_;
  std::optional<RunMetadata> metadata_;  // if the file can be continued
  RecordedInputs recorded_;
  std::optional<InHand> in_hand_;  // if the run can be continued
};

}  // namespace mobilenet
