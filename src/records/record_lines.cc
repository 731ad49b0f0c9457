#include "src/records/record_lines.h"

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
    if (header_.find('\0') != std::string::npos) header_.clear();  // never written: see Next
    whole_bytes_ = static_cast<int64_t>(header_.size());
  }
}

std::optional<RecordLine> RecordLines::Next() {
  auto text = Line();
  if (!text) return std::nullopt;
  auto key = Key(*text);
  if (!key) {
    // What was never written before a power cut is zeros.
    bool is_torn_end = text->find('\0') != std::string::npos;
    while (is_torn_end) {
      const auto later = Line();
      if (!later) return std::nullopt;
      is_torn_end = !Key(*later);
    }
    Fail(path_, ": no record at byte ", whole_bytes_,
         " (mobilenet classify --output wrote this file? head -c ", whole_bytes_,
         " keeps what is before it)");
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
