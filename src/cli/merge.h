// mobilenet merge PART...: joins the files that the parts of one set of images were recorded in.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct MergeOptions {
  std::vector<std::string> parts;
  std::string output;  // file; "" for standard output
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddMergeCommand(CLI::App& app, const std::function<void(const MergeOptions&)>& run);

// Writes the records of all parts in the byte order of their paths. Missing shards, and parts whose run did
// not reach its end, are reported on stderr, and the status is 1. Throws Error if the parts were made with
// different settings, or are not records.
int RunMerge(const MergeOptions& options, StandardOutput& output);

}  // namespace mobilenet
