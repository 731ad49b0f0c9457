// mobilenet models [list | get NAME... | path [NAME] | verify [NAME|FILE...]]: the weights on this machine,
// and how to get others.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace mobilenet {

enum class ModelsAction { kList, kGet, kPath, kVerify };

struct ModelsOptions {
  ModelsAction action = ModelsAction::kList;
  std::vector<std::string> names;  // of models; verify also takes files
  bool here_only = false;          // list: only what is on this machine
  ReportFormat format = ReportFormat::kText;
  // get
  bool all = false;    // every model of the catalogue
  bool force = false;  // also make files again that exist
  std::string from;    // folder or address; "" for get_model.py's own
  std::string output_folder;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddModelsCommand(CLI::App& app, const std::function<void(const ModelsOptions&)>& run);

// list: the catalogue in its order, then other files. path: where a model is, or the default one. verify:
// loads models, all that are here if none is given; one line each, status 1 if one is damaged. get: becomes
// get_model.py. Returns the exit status; throws Error if a model or file is missing.
int RunModels(const ModelsOptions& options, StandardOutput& output);

}  // namespace mobilenet
