#include "src/records/run_records.h"

#include "src/base/error.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"

namespace mobilenet {

void RunRecords::Open(const RunMetadata& metadata, const std::string& header, const RecordOptions& options) {
  const std::string& path = file_.path();
  if (!file_.is_regular()) {
    if (options.resume) Fail(path, ": cannot be resumed (only a file can)");
    file_.Write(header);
    return;
  }
  metadata_ = metadata;
  const std::string text = RunMetadataJson(metadata);
  const bool is_continued = options.resume && file_.size_bytes() > 0;
  if (is_continued) {
    const std::string earlier = ReadMetadata(path);
    if (!ReadPartMetadata(earlier)) {
      Fail(MetadataPath(path), ": is missing or incomplete (without it ", path, " cannot be resumed)");
    }
    if (const auto difference = SettingsDifference(earlier, text, "")) {
      Fail(path, ": cannot be resumed with other settings: ", *difference);
    }
  } else {
    RefuseOtherFile(file_);
  }
  // In this order nothing is lost if the metadata cannot be written, and there are never metadata that call
  // incomplete records complete.
  PartFile part(MetadataPath(path), PartFile::Links::kReplace);
  part.Write(text);
  if (!is_continued) file_.Truncate(0);
  part.Commit();
  if (is_continued) recorded_ = RecordedInputs(file_, options.format, header, options.retry_failed);
  if (options.format != RecordFormat::kText) {
    const auto has_record = [this](const std::string& input) { return recorded_.Has(input); };
    // Also if the very first input ended the program, and nothing is recorded.
    in_hand_.emplace(path, options.resume ? has_record : std::function<bool(const std::string&)>());
  }
  if (file_.size_bytes() == 0) file_.Write(header);
  file_.StartSyncing(options.sync);
}

void RunRecords::Complete(int64_t images, int64_t failures) {
  if (!metadata_) return;
  metadata_->is_complete = true;
  metadata_->images = images + recorded_.records();
  metadata_->failures = failures + recorded_.failures();
  PartFile part(MetadataPath(file_.path()), PartFile::Links::kReplace);
  part.Write(RunMetadataJson(*metadata_));
  part.Commit();
}

void RunRecords::Close() {
  if (in_hand_) in_hand_->End();
}

}  // namespace mobilenet
