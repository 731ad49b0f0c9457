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
  int status = 0;  // 0, or 1 where images could not be read
};

// Classifies the images of the data set, a folder with the folders in it. `run` says how, and where records
// go, which are then what is scored, those of earlier runs among them. A signal ends the program, with what
// was done recorded. Throws Error.
Evaluation EvaluateModel(ClassifyOptions run, const TruthOptions& truth, StandardOutput& output);

// What `classify --output` wrote, JSON or CSV. The model is the one that the records' metadata name, unless
// `model` says where it is now; `labels` is the file of labels that they were made with, "" for the model's
// own. Throws Error.
Evaluation EvaluateRecords(const std::string& records, const std::string& model, const std::string& labels,
                           const TruthOptions& truth);

}  // namespace mobilenet
