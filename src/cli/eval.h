// mobilenet eval: how often a model is right on labelled images.
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
  std::string from_records;           // file of records to score instead; "" for none
  std::string compare;                // another model, or its records; "" for none
  std::optional<std::string> plot;    // file for a picture
  std::optional<std::string> report;  // file for everything as HTML
  ReportFormat format = ReportFormat::kText;
};

// --truth, --first-number, --ignore-unknown
void AddTruthOptions(CLI::App& command, TruthOptions& truth);

// Adds the subcommand; `run` is called with its options once they are parsed.
void AddEvalCommand(CLI::App& app, const std::function<void(const EvalOptions&)>& run);

// Prints the report. Images that cannot be read are counted, and the status is 1. After a signal, the report
// is about the images until then, and the status is 128 plus the signal's number. Throws Error if classes
// match no label, and if there is nothing to score.
int RunEval(const EvalOptions& options, StandardOutput& output);

}  // namespace mobilenet
