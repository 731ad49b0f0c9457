#include "src/records/merge.h"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <optional>

#include "src/base/error.h"
#include "src/base/str_cat.h"
#include "src/records/metadata_file.h"
#include "src/records/part_file.h"
#include "src/records/record_file.h"
#include "src/records/record_lines.h"
#include "src/records/shard.h"
#include "src/report/run_metadata.h"

namespace mobilenet {

MergedRecords::MergedRecords(const std::vector<std::string>& parts) : parts_(parts) {
  for (size_t i = 0; i < parts.size(); ++i) AddPart(i);
  AddMissingShards();
  std::sort(places_.begin(), places_.end());
  const auto twice = std::adjacent_find(places_.begin(), places_.end(), [](const Place& a, const Place& b) {
    return a.path == b.path && a.part != b.part;
  });
  if (twice != places_.end()) {
    Fail(parts[std::next(twice)->part], ": has a record for ", twice->path, ", and so has ",
         parts[twice->part], " (parts must not share an input)");
  }
}

// One sentence for each, but one sentence for many in a row.
void MergedRecords::AddMissingShards() {
  constexpr int64_t kMostNamed = 3;
  int64_t next = 1;
  const auto add_until = [&](int64_t end) {
    if (end - next > kMostNamed) {
      missing_.push_back(
          StrCat("shards ", next, "/", shards_, " to ", end - 1, "/", shards_, " are missing"));
    } else {
      for (; next < end; ++next) missing_.push_back(StrCat("shard ", next, "/", shards_, " is missing"));
    }
    next = end + 1;
  };
  for (const int shard : seen_) add_until(shard);
  add_until(int64_t{shards_} + 1);
}

void MergedRecords::AddPart(size_t i) {
  const std::string& path = parts_[i];
  const std::string metadata = ReadMetadata(path);
  const auto part = ReadPartMetadata(metadata);
  const auto shard = part ? ParseShard(part->shard) : std::nullopt;
  if (!part || !shard) {
    Fail(MetadataPath(path), ": is missing or incomplete (classify --output writes it)");
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
    Fail(path, ": shard ", part->shard, " occurs twice");
  }
  if (!part->is_complete) missing_.push_back(path + ": is incomplete (--resume continues it)");

  const bool is_csv = part->format == "csv";
  RecordLines lines(path, is_csv ? RecordFormat::kCsv : RecordFormat::kJson);
  if (header_.empty()) header_ = lines.header();
  if (!lines.header().empty() && lines.header() != header_) {
    Fail(path, ": has another header than the parts before it");
  }
  int64_t records = 0;
  for (; const auto line = lines.Next(); ++records) {
    // In a run that was cut short, the last number of CSV may lack digits.
    if (is_csv && !line->has_newline && !part->is_complete) break;
    failures_ += line->key.has_error ? 1 : 0;
    places_.push_back({line->key.path, i, line->offset, line->text.size() - 1});
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
      Fail(parts_[place.part], ": changed while it was being read (is a run writing to it?)");
    }
    write(text + '\n');  // the last one in a file may lack it
  }
}

void MergedRecords::WriteFile(const std::string& output) const {
  RecordFile there(output);  // so that nobody else writes there meanwhile
  bool is_to_be_removed = there.is_new();
  try {
    RefuseOtherFile(there);
    if (!there.is_regular()) return Write([&](const std::string& text) { there.Write(text); });
    PartFile whole(output);  // may replace one of the parts, being read meanwhile
    PartFile metadata(MetadataPath(output), PartFile::Links::kReplace);
    metadata.Write(Metadata());
    Write([&](const std::string& text) { whole.Write(text); });
    is_to_be_removed = false;
    whole.Commit();
    metadata.Commit();
  } catch (...) {
    if (is_to_be_removed) ::unlink(output.c_str());
    throw;
  }
}

}  // namespace mobilenet
