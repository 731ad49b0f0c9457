#include "src/cli/resume.h"

#include <algorithm>

#include "src/base/stable_hash.h"
#include "src/cli/file_stamp.h"
#include "src/cli/record_lines.h"

namespace mobilenet {
namespace {

// The file without the records that are to be done again, put in its place when it is whole.
class Rewrite {
 public:
  explicit Rewrite(RecordFile& file) : file_(file), kept_(file.path() + ".part") { kept_.Truncate(0); }

  void Keep(const std::string& text) { kept_.Write(text); }

  void Finish() {
    kept_.Sync();
    file_.ReplaceBy(kept_.path());
  }

 private:
  RecordFile& file_;
  RecordFile kept_;
};

}  // namespace

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
        hashes_.push_back(StableHash(line->key.path));
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
  Rewrite rewrite(file);
  RecordLines lines(file.path(), format);
  rewrite.Keep(lines.header());
  while (const auto line = lines.Next()) {
    if (kept.Take(line->key.path)) rewrite.Keep(line->text);
  }
  rewrite.Finish();
}

bool RecordedInputs::Take(const std::string& path) {
  const uint64_t hash = StableHash(path);
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
