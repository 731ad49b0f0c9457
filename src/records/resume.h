// --resume: what an earlier run recorded is not done again.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "src/records/record_file.h"
#include "src/records/record_format.h"

namespace mobilenet {

class RecordedInputs {
 public:
  // Nothing is recorded yet.
  RecordedInputs() = default;

  // Reads the records in the file, and removes those that are to be done again: a torn end, inputs whose size
  // or modification time has changed and, if asked for, those that failed. Throws Error if the file holds
  // anything else. `csv_header`: what CSV begins with, with its newline.
  RecordedInputs(RecordFile& file, RecordFormat format, const std::string& csv_header, bool retry_failed);

  // Whether there is a record for this input. A path that is given twice has two.
  bool Take(const std::string& path);
  // The same, without counting it as done.
  bool Has(const std::string& path) const;

  int64_t records() const { return records_; }
  int64_t failures() const { return failures_; }

 private:
  void Count(std::vector<uint64_t> hashes);
  const uint32_t* Find(const std::string& path) const;

  // Only twelve bytes are kept for each input.
  std::vector<uint64_t> hashes_;  // of the paths, sorted
  std::vector<uint32_t> left_;    // for each, how many of its records no input has taken yet
  int64_t records_ = 0;
  int64_t failures_ = 0;
};

}  // namespace mobilenet
