// What a file of records was made with: FILE.meta.json beside it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/report/rows.h"

namespace mobilenet {

// For records with features: what they hold for each view of a picture (rows.h).
struct FeatureSettings {
  std::string type;   // "f32", "u8", "s8"
  int64_t count = 0;  // how many numbers
  // real = scale * (number - zero_point); in f32 the number itself
  double scale = 1;
  int zero_point = 0;
  int views = 1;
};

// What the records depend on: a file can be continued, and files can be joined, if these are the same.
struct RecordSettings {
  std::string format;  // "json", "csv"
  std::string model_sha256;
  std::optional<std::string> labels_sha256;  // the file of --labels
  int top_k = 0;
  double threshold = 0;
  std::string resize;     // "crop", "squash", "fit"
  std::string decode;     // "fast", "exact"
  std::string precision;  // "f32", "u8", "s8"
  bool layers = false;
  std::string shard;  // "1/1"
  // For records with features; model_sha256 is then that of the model's trunk only.
  std::optional<FeatureSettings> features;
};

struct RunMetadata {
  std::string version;  // the program's
  std::string started;  // UTC, ISO 8601
  std::string board;    // "" if unknown
  std::string model;    // path
  std::string backend;  // as asked for
  std::string isa;      // the highest level that native kernels may use
  std::string schedule;
  int threads = 0;
  int decode_threads = 0;
  std::vector<int> cores;  // threads are bound to these; empty: to none in particular
  bool is_tuned = false;   // threads are what mobilenet tune found
  int64_t max_pixels = 0;
  double max_decode_ms = 0;
  bool accept_damaged = false;
  RecordSettings records;
  bool is_complete = false;  // every input has its record
  int64_t images = 0;        // records in the file, once it is complete
  int64_t failures = 0;      // among them
};

// One object on one line and a newline; `records` is an object within it. run_metadata.schema.json says the
// same for programs.
std::string RunMetadataJson(const RunMetadata& metadata);

// The first setting in which the two texts' `records` differ: "top_k: 5 there, 3 here"; none if there is
// none; long values are shortened. `ignored` is a setting that may differ. Text that is not from
// RunMetadataJson differs in everything.
std::optional<std::string> SettingsDifference(std::string_view there, std::string_view here,
                                              std::string_view ignored);

// What is needed to join files of records.
struct PartMetadata {
  std::string format;
  std::string shard;  // "2/5"
  bool is_complete = false;
  int64_t images = 0;  // once it is complete
};
// None if the text is not from RunMetadataJson.
std::optional<PartMetadata> ReadPartMetadata(std::string_view text);

// What is needed to score records.
struct RecordedModel {
  std::string model;  // path
  std::string model_sha256;
  std::optional<std::string> labels_sha256;
  std::string resize;
  std::string decode;
  std::string precision;
  bool is_complete = false;
};
// None if the text is not from RunMetadataJson.
std::optional<RecordedModel> ReadRecordedModel(std::string_view text);

// What the features of records are; none if the text is not from RunMetadataJson, or the records have none.
std::optional<FeatureSettings> ReadFeatureSettings(std::string_view text);

// The metadata of all parts joined, `part` being those of one part.
std::string JoinedMetadataJson(std::string_view part, bool is_complete, int64_t images, int64_t failures);

}  // namespace mobilenet
