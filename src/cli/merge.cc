#include "src/cli/merge.h"
#include "src/cli/path_arguments.h"

#include <memory>

#include <CLI/CLI.hpp>

#include "src/cli/cli.h"
#include "src/cli/error_output.h"
#include "src/records/merge.h"

namespace mobilenet {

void AddMergeCommand(CLI::App& app, const std::function<void(const MergeOptions&)>& run) {
  auto options = std::make_shared<MergeOptions>();
  CLI::App* command = app.add_subcommand("merge", "Join what classify --shard --output has written");
  AddPaths(*command, "PART", options->parts, "Files of records, JSON or CSV")->required();
  command->add_option("-o,--output", options->output, "Write to FILE. Default: standard output")
      ->type_name("FILE");
  command->footer("Example: mobilenet merge --output all.json part1.json part2.json");
  command->callback([options, run] { run(*options); });
}

int RunMerge(const MergeOptions& options, StandardOutput& output) {
  const MergedRecords merged(options.parts);
  if (options.output.empty()) {
    merged.Write([&](const std::string& text) { output.Write(text); });
  } else {
    merged.WriteFile(options.output);
  }
  for (const std::string& missing : merged.missing()) PrintError(missing);
  return merged.missing().empty() ? kExitOk : kExitSomeFailed;
}

}  // namespace mobilenet
