#include "src/cli/merge.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <optional>
#include <set>
#include <system_error>
#include <tuple>
#include <utility>

#include <CLI/CLI.hpp>

#include "src/base/error.h"
#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/cli/inputs.h"
#include "src/cli/metadata_file.h"
#include "src/cli/part_file.h"
#include "src/cli/record_file.h"
#include "src/cli/record_lines.h"
#include "src/report/run_metadata.h"

namespace mobilenet {
namespace {

namespace fs = std::filesystem;

// Where a record is; the records themselves stay in their files.
struct Place {
  std::string path;
  size_t part = 0;
  int64_t offset = 0;
  size_t bytes = 0;

  bool operator<(const Place& other) const {
    return std::tie(path, part, offset) < std::tie(other.path, other.part, other.offset);
  }
};

class Merge {
 public:
  explicit Merge(const std::vector<std::string>& parts) : parts_(parts) {
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

  const std::vector<std::string>& missing() const { return missing_; }
  std::string Metadata() const {
    return JoinedMetadataJson(metadata_, missing_.empty(), static_cast<int64_t>(places_.size()), failures_);
  }

  template <typename Write>
  void WriteRecords(const Write& write) const {
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

 private:
  void AddPart(size_t i) {
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

  const std::vector<std::string>& parts_;
  std::string metadata_;  // of the first part
  std::string header_;
  int shards_ = 0;
  std::set<int> seen_;
  std::vector<std::string> missing_;  // sentences
  std::vector<Place> places_;
  int64_t failures_ = 0;
};

}  // namespace

void AddMergeCommand(CLI::App& app, const std::function<void(const MergeOptions&)>& run) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = app.add_subcommand("merge", "Join what classify --shard --output wrote");
  command->add_option("PART", options->parts, "Files of records, JSON or CSV")->type_name("")->required();
  command->add_option("-o,--output", options->output, "Default: standard output")->type_name("FILE");
  command->footer("Example: mobilenet merge --output all.json part1.json part2.json");
  command->callback([options, run] { run(*options); });
}

int RunMerge(const MergeOptions& options, StandardOutput& output) {
  const Merge merge(options.parts);
  std::optional<RecordFile> there;  // refused while a run writes to it
  std::error_code ignored;
  if (fs::exists(options.output, ignored)) RefuseOtherFile(there.emplace(options.output));
  if (options.output.empty()) {
    merge.WriteRecords([&](const std::string& text) { output.Write(text); });
  } else if (there && !there->is_regular()) {
    merge.WriteRecords([&](const std::string& text) { there->Write(text); });
  } else {
    for (const std::string& part : options.parts) {
      if (fs::equivalent(part, PartFile::PartPath(options.output), ignored)) {
        Fail(part, ": would be overwritten by the output (another name for either)");
      }
    }
    PartFile whole(options.output);  // which may be one of the parts, read meanwhile
    PartFile metadata(MetadataPath(options.output));
    metadata.Write(merge.Metadata());
    merge.WriteRecords([&](const std::string& text) { whole.Write(text); });
    whole.Commit();
    metadata.Commit();
  }
  for (const std::string& missing : merge.missing()) PrintError(missing);
  return merge.missing().empty() ? kExitOk : kExitSomeFailed;
}

}  // namespace mobilenet
