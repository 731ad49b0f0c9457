#include "src/cli/run_options.h"

#include <cstdint>
#include <string>

#include <CLI/CLI.hpp>

#include "src/base/parse_number.h"
#include "src/cli/classify_choices.h"
#include "src/cli/engine_options.h"
#include "src/cli/options.h"

namespace mobilenet {
namespace {

void SetShard(const std::string& text, Shard& shard) {
  const auto parsed = ParseShard(text);
  if (!parsed)
    throw CLI::ValidationError("--shard " + text, "not a part of a whole (K/N is needed, K in 1...N)");
  shard = *parsed;
}

void SetSyncInterval(const std::string& text, SyncInterval& interval) {
  const bool is_seconds = text.ends_with('s');
  const std::string number = is_seconds ? text.substr(0, text.size() - 1) : text;
  const auto seconds = ParseNumber<double>(number);
  const auto records = ParseNumber<int64_t>(number);
  if (is_seconds && seconds && *seconds >= 0.001 && *seconds <= 1e6) {
    interval = {0, *seconds};
  } else if (!is_seconds && records && *records >= 1) {
    interval = {*records, 0};
  } else {
    throw CLI::ValidationError("--sync-every " + text, "not an interval (100: records; 0.5s: seconds)");
  }
}

}  // namespace

void AddShardOption(CLI::App& command, Shard& shard) {
  command
      .add_option_function<std::string>(
          "--shard", [&shard](const std::string& text) { SetShard(text, shard); },
          "Process only the K-th of N parts of the images")
      ->type_name("K/N");
}

void AddRecordOptions(CLI::App& command, RecordOptions& records) {
  command.add_flag("--resume", records.resume, "Continue --output FILE where it ends");
  command.add_flag("--retry-failed", records.retry_failed, "With --resume, try failed images again");
  command
      .add_option_function<std::string>(
          "--sync-every", [&records](const std::string& text) { SetSyncInterval(text, records.sync); },
          "How many records or seconds a power cut may\ncost. Default: 1s")
      ->type_name("N|Ns");
}

void AddQuietOption(CLI::App& command, bool& is_quiet) {
  command.add_flag("-q,--quiet", is_quiet, "Print only errors on standard error");
}

void AddDecodeOptions(CLI::App& command, ClassifyOptions& options) {
  command.add_flag("--accept-damaged", options.classifier.accept_damaged,
                   "Accept JPEGs whose end is missing, and use what\nthere is");
  AddNumber(command, "--decode-threads", options.decode_threads, 1, 1024,
            "Decode N pictures at once. Default: one for\neach core");
}

void AddRunOptions(CLI::App& command, ClassifyOptions& options) {
  AddEngineOptions(command, options.engine);
  const OptionGroup group(command, "Reading pictures");
  ClassifierOptions& classifier = options.classifier;
  AddChoice(command, "--resize", classifier.resize, kResizeModes,
            "How a picture becomes a square. Default: model,\nas the model file says");
  AddChoice(command, "--decode", classifier.exact_decode, kDecodeModes,
            "Decode JPEGs only as large as needed (fast), or\nwhole (exact). Default: fast");
  AddDecodeOptions(command, options);
  AddNumber(command, "--max-pixels", classifier.max_pixels, int64_t{1}, int64_t{1} << 40,
            "Refuse images with more pixels")
      ->capture_default_str();
  AddReal(command, "--max-decode-ms", classifier.max_decode_ms, 0.001, 1e9,
          "Refuse images that take longer to decode")
      ->type_name("MS");
}

}  // namespace mobilenet
