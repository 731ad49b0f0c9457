// The records of a file that `mobilenet classify --output` wrote, one by one.
#pragma once

#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "src/records/record_format.h"
#include "src/report/record_reader.h"

namespace mobilenet {

struct RecordLine {
  std::string text;  // with its newline
  int64_t offset = 0;
  RecordKey key;
  // The last record may lack it. In JSON it is still complete; in CSV the last number may lack digits.
  bool has_newline = true;
};

class RecordLines {
 public:
  // Throws Error if the file cannot be read, or does not begin with a header.
  RecordLines(const std::string& path, RecordFormat format);

  // None after the last whole record: what a power cut left after it, half a record or zeros, is not an
  // error. Throws Error for any other line that is not a record.
  std::optional<RecordLine> Next();

  // CSV's first line with its newline; "" if there is none, and for JSON.
  const std::string& header() const { return header_; }
  // Where the record that Next returned last, or the header, ends: with its newline, if it has one.
  int64_t whole_bytes() const { return whole_bytes_; }

 private:
  struct Line {
    std::string text;  // without its newline; only the beginning of a line that cannot be a record
    bool has_newline = false;
    bool has_nul = false;
    bool is_zeros_then = false;  // zeros from the first NUL on
  };

  int64_t EndWithoutZeros();
  std::optional<Line> ReadLine();
  bool Fill();
  std::optional<RecordKey> Key(const Line& line) const;
  bool IsTornEnd(const Line& line);
  [[noreturn]] void FailAt(int64_t offset) const;

  const std::string path_;
  const RecordFormat format_;
  std::ifstream in_;
  int64_t left_bytes_ = 0;  // of the file, without the zeros at its end, not yet in the buffer
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t end_ = 0;
  std::string header_;
  int64_t whole_bytes_ = 0;
};

}  // namespace mobilenet
