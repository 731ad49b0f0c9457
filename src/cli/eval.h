// mobilenet eval: how right a model is on labelled images.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "src/cli/classify.h"
#include "src/cli/options.h"
#include "src/cli/standard_output.h"
#include "src/eval/truth.h"
#include "src/report/evaluation.h"

namespace CLI {
class App;
}

namespace mobilenet {

struct EvalOptions {
  ClassifyOptions run;  // how the images of truth.dataset are classified
  TruthOptions truth;
  std::string from_records;           // file of records that is scored instead; "" for none
  std::string compare;                // another model, or its records; "" for none
  std::optional<std::string> plot;    // the file that gets a picture
  std::optional<std::string> report;  // the file that gets all as HTML
  ReportFormat format = ReportFormat::kText;
};

// --truth, --first-number, --ignore-unknown
void AddTruthOptions(CLI::App& command, TruthOptions& truth);

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddEvalCommand(CLI::App& app, const std::function<void(const EvalOptions&)>& run);

// Prints the report. Images that cannot be read are counted, and the status is 1. After a signal it is of the
// images until then, and the status 128 and the signal's number. Throws Error where classes
// match no label, and where there is nothing to score.
int RunEval(const EvalOptions& options, StandardOutput& output);

}  // namespace mobilenet
