// Reads back records that were written to a file: what a run that continues it, or joins several, needs to
// know of each. A line that the program cannot have written, such as half of one, is not a record.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

struct RecordKey {
  std::string path;
  std::optional<FileStamp> stamp;
  bool has_error = false;
};

// `line` is without its newline. None if it is not a whole record.
std::optional<RecordKey> ReadJsonRecord(std::string_view line);
// `header` is the file's first line.
std::optional<RecordKey> ReadCsvRecord(std::string_view line, std::string_view header);

// The predictions of a line that is a record, best first; none if they are incomplete.
std::optional<std::vector<Prediction>> ReadJsonPredictions(std::string_view line);
std::optional<std::vector<Prediction>> ReadCsvPredictions(std::string_view line, std::string_view header);

struct RecordedFeatures {
  std::string class_name;
  std::vector<std::vector<uint8_t>> views;
};
// None if they are incomplete.
std::optional<RecordedFeatures> ReadJsonFeatures(std::string_view line);

}  // namespace mobilenet
