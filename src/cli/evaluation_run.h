// A model's answers on labelled images, scored: those of a run, or those that an earlier run recorded.
#pragma once

#include <string>

#include "src/cli/classify.h"
#include "src/cli/standard_output.h"
#include "src/eval/scoring.h"
#include "src/eval/truth.h"
#include "src/report/evaluation.h"

namespace mobilenet {

struct Evaluation {
  Scoring scoring;
  EvaluationReport report;
  int status = 0;  // 0, or 1 if images could not be read; 128 and a signal's number after one
  bool is_interrupted() const { return !report.is_complete; }
};

// Classifies the images of the data set, a folder with the folders in it. `run` says how, and where records
// go; if they go to a file, all records in it are scored, including those of earlier runs. After a signal,
// the report is about what was done until then. Throws Error.
Evaluation EvaluateModel(ClassifyOptions run, const TruthOptions& truth, StandardOutput& output);

// Scores what `classify --output` wrote, JSON or CSV. The model is the one that the records' metadata name,
// unless `model` says where it is now; `labels` is the file of labels that they were made with, "" for the
// model's own. Throws Error.
Evaluation EvaluateRecords(const std::string& records, const std::string& model, const std::string& labels,
                           const TruthOptions& truth);

}  // namespace mobilenet
