#include "src/records/merge.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"
#include "src/records/record_file.h"
#include "src/records/record_lines.h"
#include "src/records/shard.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

namespace fs = std::filesystem;

MergedRecords::MergedRecords(const std::vector<std::string>& parts) : parts_(parts) {
  for (size_t i = 0; i < parts.size(); ++i) AddPart(i);
  for (int part = 1; part <= shards_; ++part) {
    if (shards_ > 1 && !seen_.contains(part)) {
      missing_.push_back(StrCat("shard ", part, "/", shards_, " is missing"));
    }
  }
  std::sort(places_.begin(), places_.end());
  const auto twice = std::adjacent_find(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    return a.path == b.path && a.part != b.part;
  });
  if (twice != places_.end()) {
    Fail(parts[std::next(twice)->part], ": has a record of ", twice->path, ", as ", parts[twice->part],
         " has (parts without a common input)");
  }
}

void MergedRecords::AddPart(size_t i) {
  const std::string& path = parts_[i];
  const std::string metadata = ReadMetadata(path);
  const auto part = ReadPartMetadata(metadata);
  const auto shard = part ? ParseShard(part->shard) : std::nullopt;
  if (!part || !shard) {
    Fail(MetadataPath(path), ": is not there or not whole (it comes with classify --output)");
  }
  if (i == 0) {
    metadata_ = metadata;
    shards_ = shard->parts;
  } else if (const auto difference = SettingsDifference(metadata_, metadata, "shard")) {
    Fail(path, ": has other settings than ", parts_[0], ": ", *difference);
  }
  if (shard->parts != shards_) {
    Fail(path, ": is shard ", part->shard, " (of ", shards_, ", as ", parts_[0], ")");
  }
  if (!seen_.insert(shard->part).second && shards_ > 1) {
    Fail(path, ": shard ", part->shard, " is there twice");
  }
  if (!part->is_complete) missing_.push_back(path + ": is not complete (--resume continues it)");

  RecordLines lines(path, part->format == "csv" ? RecordFormat::kCsv : RecordFormat::kJson);
  if (header_.empty()) header_ = lines.header();
  if (!lines.header().empty() && lines.header() != header_) {
    Fail(path, ": has another header than the parts before it");
  }
  int64_t records = 0;
  for (; const auto line = lines.Next(); ++records) {
    failures_ += line->key.has_error ? 1 : 0;
    places_.push_back({line->key.path, i, line->offset, line->text.size()});
  }
  if (part->is_complete && records != part->images) {
    missing_.push_back(
        StrCat(path, ": has ", records, " records of ", part->images, " (copied only in part?)"));
  }
}

std::string MergedRecords::Metadata() const {
  return JoinedMetadataJson(metadata_, missing_.empty(), static_cast<int64_t>(places_.size()), failures_);
}

void MergedRecords::Write(const std::function<void(const std::string&)>& write) const {
  write(header_);
  std::vector<std::ifstream> files;
  for (const std::string& part : parts_) files.emplace_back(part, std::ios::binary);
  std::string text;
  for (const Place& place : places_) {
    text.resize(place.bytes);
    std::ifstream& file = files[place.part];
    file.seekg(place.offset);
    if (!file.read(text.data(), static_cast<std::streamsize>(text.size()))) {
      Fail(parts_[place.part], ": changed while it was read (a run writes to it?)");
    }
    write(text);
  }
}

void MergedRecords::WriteFile(const std::string& output) const {
  std::optional<RecordFile> there;  // refused while a run writes to it
  std::error_code ignored;
  if (fs::exists(output, ignored)) RefuseOtherFile(there.emplace(output));
  if (there && !there->is_regular()) {
    return Write([&](const std::string& text) { there->Write(text); });
  }
  for (const std::string& part : parts_) {
    if (fs::equivalent(part, PartFile::PartPath(output), ignored)) {
      Fail(part, ": would be overwritten by the output (another name for either)");
    }
  }
  PartFile whole(output);  // which may be one of the parts, read meanwhile
  PartFile metadata(MetadataPath(output));
  metadata.Write(Metadata());
  Write([&](const std::string& text) { whole.Write(text); });
  whole.Commit();
  metadata.Commit();
}

}  // namespace mobilenet
