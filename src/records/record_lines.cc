#include "src/records/record_lines.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "src/base/error.h"

namespace mobilenet {
namespace {

constexpr size_t kBlockBytes = 1 << 16;
// A record with a label for each of a thousand classes has a hundredth of this.
constexpr size_t kMaxRecordBytes = 64 << 20;

}  // namespace

RecordLines::RecordLines(const std::string& path, RecordFormat format)
    : path_(path), format_(format), in_(path, std::ios::binary), buffer_(kBlockBytes) {
  if (!in_) Fail(path, ": cannot read: ", std::strerror(errno));
  left_bytes_ = EndWithoutZeros();
  in_.clear();
  in_.seekg(0);
  if (format != RecordFormat::kCsv) return;
  const auto line = ReadLine();
  if (!line) return;
  if (!line->has_newline || line->has_nul) {
    if (!IsTornEnd(*line)) FailAt(0);
    return;
  }
  header_ = line->text + '\n';
  whole_bytes_ = static_cast<int64_t>(header_.size());
}

// What was never written before a power cut is zeros, perhaps many. They are checked from the end backwards.
int64_t RecordLines::EndWithoutZeros() {
  in_.seekg(0, std::ios::end);
  int64_t end = in_.tellg();
  while (end > 0) {
    const int64_t count = std::min(end, static_cast<int64_t>(buffer_.size()));
    in_.seekg(end - count);
    if (!in_.read(buffer_.data(), static_cast<std::streamsize>(count)))
      Fail(path_, ": cannot read: ", std::strerror(errno));
    int64_t kept = count;
    while (kept > 0 && buffer_[static_cast<size_t>(kept - 1)] == '\0') --kept;
    end -= count - kept;
    if (kept > 0) break;
  }
  return std::max(end, int64_t{0});
}

std::optional<RecordLine> RecordLines::Next() {
  auto line = ReadLine();
  if (!line) return std::nullopt;
  auto key = Key(*line);
  if (!key) {
    if (IsTornEnd(*line)) return std::nullopt;
    FailAt(whole_bytes_);
  }
  RecordLine record{std::move(line->text) + '\n', whole_bytes_, std::move(*key), line->has_newline};
  whole_bytes_ += static_cast<int64_t>(record.text.size()) - (record.has_newline ? 0 : 1);
  return record;
}

// None at the end.
std::optional<RecordLines::Line> RecordLines::ReadLine() {
  Line line;
  bool has_any = false;
  while (!line.has_newline && (at_ < end_ || Fill())) {
    has_any = true;
    const auto first = buffer_.begin() + static_cast<ptrdiff_t>(at_);
    const auto last = buffer_.begin() + static_cast<ptrdiff_t>(end_);
    const auto newline = std::find(first, last, '\n');
    line.has_newline = newline != last;
    const bool had_nul = line.has_nul;
    const auto nul = had_nul ? first : std::find(first, newline, '\0');
    if (nul != newline) {
      const bool is_zeros = std::all_of(nul, newline, [](char c) { return c == '\0'; });
      line.is_zeros_then = is_zeros && (!line.has_nul || line.is_zeros_then);
      line.has_nul = true;
    }
    if (!had_nul && line.text.size() <= kMaxRecordBytes) line.text.append(first, nul);
    at_ = static_cast<size_t>(newline - buffer_.begin()) + (line.has_newline ? 1 : 0);
  }
  if (!has_any) return std::nullopt;
  return line;
}

// Whether the line is what a power cut leaves: the beginning of a record, or zeros, and then nothing else.
bool RecordLines::IsTornEnd(const Line& line) {
  if (!line.has_nul && line.has_newline) return false;
  if (line.has_nul && !line.is_zeros_then) return false;
  while (const auto later = ReadLine()) {
    if (!later->text.empty() || (later->has_nul && !later->is_zeros_then)) return false;
  }
  return true;
}

bool RecordLines::Fill() {
  const auto count = static_cast<std::streamsize>(std::min(left_bytes_, static_cast<int64_t>(kBlockBytes)));
  if (count == 0) return false;
  // A file that is now shorter has lost its contents.
  if (!in_.read(buffer_.data(), count)) Fail(path_, ": cannot read: ", std::strerror(errno));
  left_bytes_ -= count;
  at_ = 0;
  end_ = static_cast<size_t>(count);
  return true;
}

std::optional<RecordKey> RecordLines::Key(const Line& line) const {
  if (line.has_nul || line.text.size() > kMaxRecordBytes) return std::nullopt;
  if (format_ == RecordFormat::kJson) return ReadJsonRecord(line.text);
  if (header_.empty()) return std::nullopt;
  return ReadCsvRecord(line.text, std::string_view(header_).substr(0, header_.size() - 1));
}

void RecordLines::FailAt(int64_t offset) const {
  Fail(path_, ": not a record at byte ", offset,
       " (did mobilenet classify --output write this file? head -c ", offset, " keeps what is before it)");
}

}  // namespace mobilenet
