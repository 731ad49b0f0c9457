#include "src/records/resume.h"

#include <algorithm>
#include <utility>

#include "src/base/error.h"
#include "src/base/sha256.h"
#include "src/records/file_stamp.h"
#include "src/records/part_file.h"
#include "src/records/record_lines.h"

namespace mobilenet {
namespace {

bool IsToRedo(const RecordKey& key, bool retry_failed) {
  const auto now = StampOf(key.path);
  // For a file that is gone, or on a disk that is not mounted today, the results are kept.
  if (!now) return false;
  return (retry_failed && key.has_error) || now != key.stamp;
}

}  // namespace

RecordedInputs::RecordedInputs(RecordFile& file, RecordFormat format, const std::string& csv_header,
                               bool retry_failed) {
  int64_t records_to_redo = 0;
  int64_t whole_bytes = 0;
  bool lacks_newline = false;
  std::vector<uint64_t> hashes;
  {
    RecordLines lines(file.path(), format);
    if (!lines.header().empty() && lines.header() != csv_header) {
      Fail(file.path(), ": has a different header (expected: ", csv_header.substr(0, csv_header.size() - 1),
           ")");
    }
    whole_bytes = lines.whole_bytes();
    while (const auto line = lines.Next()) {
      lacks_newline = !line->has_newline;
      if (lacks_newline && format == RecordFormat::kCsv && StampOf(line->key.path)) {
        // Its last number may have been cut short. If the input still exists, it is done again.
        lacks_newline = false;
        break;
      }
      whole_bytes = lines.whole_bytes();
      if (IsToRedo(line->key, retry_failed)) {
        ++records_to_redo;
      } else {
        hashes.push_back(ShortSha256(line->key.path));
        failures_ += line->key.has_error ? 1 : 0;
      }
    }
  }
  Count(std::move(hashes));
  file.Truncate(whole_bytes);
  if (lacks_newline) file.Write("\n");
  if (records_to_redo == 0) return;

  // A file may have changed since it was looked at: what was counted then decides.
  RecordedInputs kept = *this;
  PartFile rewritten(file.path());
  RecordLines lines(file.path(), format);
  rewritten.Write(lines.header());
  while (const auto line = lines.Next()) {
    if (kept.Take(line->key.path)) rewritten.Write(line->text);
  }
  file.ReplaceBy(rewritten);
}

void RecordedInputs::Count(std::vector<uint64_t> hashes) {
  records_ = std::ssize(hashes);
  std::sort(hashes.begin(), hashes.end());
  left_.reserve(hashes.size());
  for (const uint64_t hash : hashes) {
    const bool is_new = left_.empty() || hashes[left_.size() - 1] != hash;
    if (is_new) {
      hashes[left_.size()] = hash;  // at or before the place it was read from
      left_.push_back(0);
    }
    ++left_.back();
  }
  hashes.resize(left_.size());
  hashes_ = std::move(hashes);
}

const uint32_t* RecordedInputs::Find(const std::string& path) const {
  if (hashes_.empty()) return nullptr;
  const uint64_t hash = ShortSha256(path);
  const auto found = std::lower_bound(hashes_.begin(), hashes_.end(), hash);
  if (found == hashes_.end() || *found != hash) return nullptr;
  return &left_[static_cast<size_t>(found - hashes_.begin())];
}

bool RecordedInputs::Has(const std::string& path) const {
  const uint32_t* const left = Find(path);
  return left != nullptr && *left > 0;
}

bool RecordedInputs::Take(const std::string& path) {
  const uint32_t* const left = Find(path);
  if (left == nullptr || *left == 0) return false;
  --left_[static_cast<size_t>(left - left_.data())];
  return true;
}

}  // namespace mobilenet
