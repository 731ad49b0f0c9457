// mobilenet teach: a model of one's own classes, from a folder of photographs a class.
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
  bool augments = false;  // parts and mirror images of the photographs, too
  bool rejects = false;   // the model says `unknown` below a score
  bool forgets = false;   // features are not kept
  OutputFormat format = OutputFormat::kText;
};

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddTeachCommand(CLI::App& app, const std::function<void(const TeachOptions&)>& run);

// Writes the model, with its features beside it, and prints what is to be expected of it. Photographs that
// cannot be read are told on stderr, and the status is 1. Throws Error for folders that are no classes, and
// where the files cannot be written.
int RunTeach(const TeachOptions& options, StandardOutput& output);

}  // namespace mobilenet
