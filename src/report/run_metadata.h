// What a file of records was made with: FILE.meta.json beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// Of records with features: what there is of each view of a picture (rows.h).
struct FeatureSettings {
  std::string type;   // "f32", "u8", "s8"
  int64_t count = 0;  // of numbers
  // real = scale * (number - zero_point); of f32 the number itself
  double scale = 1;
  int zero_point = 0;
  int views = 1;
};

// What the records depend on: a file can be continued, and files can be joined, where these are the same.
struct RecordSettings {
  std::string format;  // "json", "csv"
  std::string model_sha256;
  std::optional<std::string> labels_sha256;  // of --labels
  int top_k = 0;
  double threshold = 0;
  std::string resize;     // "crop", "squash", "fit"
  std::string decode;     // "fast", "exact"
  std::string precision;  // "f32", "u8", "s8"
  bool layers = false;
  std::string shard;  // "1/1"
  // Of records with features; model_sha256 is then of the model's trunk alone.
  std::optional<FeatureSettings> features;
};

struct RunMetadata {
  std::string version;  // of the program
  std::string started;  // UTC, ISO 8601
  std::string board;    // "" if unknown
  std::string model;    // path
  std::string backend;  // as asked for
  std::string isa;      // the highest level that native kernels may use
  std::string schedule;
  int threads = 0;
  int decode_threads = 0;
  std::vector<int> cores;  // that they are held to; empty: none in particular
  bool is_tuned = false;   // threads are those that mobilenet tune found
  int64_t max_pixels = 0;
  double max_decode_ms = 0;
  bool accept_damaged = false;
  RecordSettings records;
  bool is_complete = false;  // every input has its record
  int64_t images = 0;        // records in the file, when it is complete
  int64_t failures = 0;      // among them
};

// One object on one line and a newline; `records` is an object of its own. run_metadata.schema.json says the
// same for programs.
std::string RunMetadataJson(const RunMetadata& metadata);

// The first setting in which the two texts' `records` differ: "top_k: 5 there, 3 here"; none if there is
// none. `ignored` is a setting that may differ. Text that is not of RunMetadataJson differs in everything.
std::optional<std::string> SettingsDifference(std::string_view there, std::string_view here,
                                              std::string_view ignored);

// What joining files of records needs to know of each.
struct PartMetadata {
  std::string format;
  std::string shard;  // "2/5"
  bool is_complete = false;
  int64_t images = 0;  // when it is complete
};
// None if the text is not of RunMetadataJson.
std::optional<PartMetadata> ReadPartMetadata(std::string_view text);

// What scoring records needs to know of them.
struct RecordedModel {
  std::string model;  // path
  std::string model_sha256;
  std::optional<std::string> labels_sha256;
  std::string resize;
  std::string decode;
  std::string precision;
  bool is_complete = false;
};
// None if the text is not of RunMetadataJson.
std::optional<RecordedModel> ReadRecordedModel(std::string_view text);

// What the features of records are; none if the text is not of RunMetadataJson, or of other records.
std::optional<FeatureSettings> ReadFeatureSettings(std::string_view text);

// The metadata of all parts joined, of which `part` is one's.
std::string JoinedMetadataJson(std::string_view part, bool is_complete, int64_t images, int64_t failures);

}  // namespace mobilenet
