// The options shared by all commands that classify many images.
#pragma once

#include "src/cli/classify.h"
#include "src/records/run_records.h"
#include "src/records/shard.h"

namespace mobilenet {

// --shard
void AddShardOption(CLI::App& command, Shard& shard);
// --resume, --retry-failed, --sync-every
void AddRecordOptions(CLI::App& command, RecordOptions& records);
// --quiet
void AddQuietOption(CLI::App& command, bool& is_quiet);
// --accept-damaged, --decode-threads
void AddDecodeOptions(CLI::App& command, ClassifyOptions& options);
// How images are decoded, resized and inferred.
void AddRunOptions(CLI::App& command, ClassifyOptions& options);

}  // namespace mobilenet
