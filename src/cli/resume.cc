#include "src/cli/resume.h"

#include <algorithm>

#include "src/base/sha256.h"
#include "src/cli/file_stamp.h"
#include "src/cli/record_lines.h"

namespace mobilenet {

RecordedInputs::RecordedInputs(RecordFile& file, RecordFormat format, bool retry_failed) {
  const auto is_to_redo = [retry_failed](const RecordKey& key) {
    return (retry_failed && key.has_error) || StampOf(key.path) != key.stamp;
  };
  int64_t records_to_redo = 0;
  int64_t whole_bytes = 0;
  {
    RecordLines lines(file.path(), format);
    while (const auto line = lines.Next()) {
      if (is_to_redo(line->key)) {
        ++records_to_redo;
      } else {
        hashes_.push_back(ShortSha256(line->key.path));
        failures_ += line->key.has_error ? 1 : 0;
      }
    }
    whole_bytes = lines.whole_bytes();
  }
  std::sort(hashes_.begin(), hashes_.end());
  is_taken_.resize(hashes_.size());
  file.Truncate(whole_bytes);
  if (records_to_redo == 0) return;

  // A file may have changed since it was looked at: the hashes, which say what was kept, decide.
  RecordedInputs kept;
  kept.hashes_ = hashes_;
  kept.is_taken_.resize(hashes_.size());
  RecordFile rewritten(file.path() + ".part");
  rewritten.Truncate(0);
  RecordLines lines(file.path(), format);
  rewritten.Write(lines.header());
  while (const auto line = lines.Next()) {
    if (kept.Take(line->key.path)) rewritten.Write(line->text);
  }
  file.ReplaceBy(rewritten);
}

bool RecordedInputs::Take(const std::string& path) {
  const uint64_t hash = ShortSha256(path);
  for (auto at = std::lower_bound(hashes_.begin(), hashes_.end(), hash); at != hashes_.end() && *at == hash;
       ++at) {
    const auto i = static_cast<size_t>(at - hashes_.begin());
    if (is_taken_[i]) continue;
    is_taken_[i] = true;
    return true;
  }
  return false;
}

}  // namespace mobilenet
