// Reads back records that were written to a file: what a run that continues it, or joins several, needs to
// know of each. A line that the program cannot have written, such as half of one, is no record.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

struct RecordKey {
  std::string path;
  std::optional<FileStamp> stamp;
  bool has_error = false;
};

// `line` is without its newline. None if it is no whole record.
std::optional<RecordKey> ReadJsonRecord(std::string_view line);
// `header` is the file's first line.
std::optional<RecordKey> ReadCsvRecord(std::string_view line, std::string_view header);

// The members of a JSON object as JsonWriter writes it, each value as it stands in the text. None if it is no
// whole object.
using JsonMembers = std::vector<std::pair<std::string, std::string_view>>;
std::optional<JsonMembers> ReadJsonMembers(std::string_view object);
// The bytes that JsonWriter::String was given. None if `value` is no string.
std::optional<std::string> ReadJsonString(std::string_view value);

}  // namespace mobilenet
