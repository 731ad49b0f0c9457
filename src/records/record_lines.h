// The records of a file that `mobilenet classify --output` wrote, one by one.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>

#include "src/records/record_format.h"
#include "src/report/record_reader.h"

namespace mobilenet {

struct RecordLine {
  std::string text;  // with its newline
  int64_t offset = 0;
  RecordKey key;
};

class RecordLines {
 public:
  // Throws Error if the file cannot be read.
  RecordLines(const std::string& path, RecordFormat format);

  // None after the last whole record: what a power cut left behind it, half a record or zeros, is no error.
  // Throws Error for any other line that is no record.
  std::optional<RecordLine> Next();

  // CSV's first line with its newline; "" where there is none, and for JSON.
  const std::string& header() const { return header_; }
  // Where the last record that Next gave, or the header, ends.
  int64_t whole_bytes() const { return whole_bytes_; }

 private:
  // With its newline; none at the end, and for a line without one.
  std::optional<std::string> Line();
  std::optional<RecordKey> Key(const std::string& line) const;

  std::string path_;
  RecordFormat format_;
  std::ifstream in_;
  std::string header_;
  int64_t whole_bytes_ = 0;
};

}  // namespace mobilenet
