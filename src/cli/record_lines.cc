#include "src/cli/record_lines.h"

#include <cerrno>
#include <cstring>
#include <string_view>

#include "src/base/error.h"

namespace mobilenet {

RecordLines::RecordLines(const std::string& path, RecordFormat format)
    : path_(path), format_(format), in_(path, std::ios::binary) {
  if (!in_) Fail(path, ": cannot read: ", std::strerror(errno));
  if (format == RecordFormat::kCsv) {
    header_ = Line().value_or("");
    whole_bytes_ = static_cast<int64_t>(header_.size());
  }
}

std::optional<RecordLine> RecordLines::Next() {
  auto text = Line();
  if (!text) return std::nullopt;
  auto key = Key(*text);
  if (!key) {
    while (const auto later = Line()) {
      if (!Key(*later)) continue;
      Fail(path_, ": no record at byte ", whole_bytes_, " (a file that mobilenet classify --output wrote)");
    }
    return std::nullopt;
  }
  RecordLine line{std::move(*text), whole_bytes_, std::move(*key)};
  whole_bytes_ += static_cast<int64_t>(line.text.size());
  return line;
}

std::optional<std::string> RecordLines::Line() {
  std::string text;
  // At the end of the file what was found is not ended by a newline.
  if (!std::getline(in_, text) || in_.eof()) return std::nullopt;
  return text + '\n';
}

std::optional<RecordKey> RecordLines::Key(const std::string& line) const {
  const std::string_view text = std::string_view(line).substr(0, line.size() - 1);
  if (format_ == RecordFormat::kJson) return ReadJsonRecord(text);
  return ReadCsvRecord(text, std::string_view(header_).substr(0, header_.size() - 1));
}

}  // namespace mobilenet
