// mobilenet teach: a model of one's own classes, from a folder with one folder of photographs per class.
#pragma once

#include <functional>
#include <string>

#include "src/cli/classify.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct TeachOptions {
  ClassifyOptions run;    // how features are made; its input is the folder of photographs
  std::string output;     // file
  std::string update;     // an earlier output, which is replaced; "" for none
  bool augments = false;  // also parts and mirror images of the photographs
  bool rejects = false;   // the model says `unknown` below a score
  bool forgets = false;   // features are not kept
  OutputFormat format = OutputFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddTeachCommand(CLI::App& app, const std::function<void(const TeachOptions&)>& run);

// Writes the model, with its features beside it, and prints what can be expected from it. Photographs that
// cannot be read are reported on stderr, and the status is 1. Throws Error for folders that are not classes,
// and if the files cannot be written.
int RunTeach(const TeachOptions& options, StandardOutput& output);

}  // namespace mobilenet
