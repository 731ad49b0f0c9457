// What a model of one's own classes was taught, and how often it is right: for people and as JSON.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "src/report/evaluation.h"

namespace mobilenet {

// A photograph that is probably in the wrong folder.
struct SuspectRow {
  std::string path;
  std::string label;       // its folder
  std::string looks_like;  // another class
  double score = 0;        // the other class's
  double own_score = 0;
};

// Two photographs in different classes that show the same thing.
struct AlikeRow {
  std::string path;
  std::string label;
  std::string other_path;
  std::string other_label;
  double similarity = 0;  // 1: the same
};

struct RejectionRow {
  double threshold = 0;
  double accepted = 0;  // share of the classes' photographs
  int64_t others = 0;   // photographs of none of the classes
  double others_rejected = 0;
};

struct TeachingReport {
  std::string model;     // path of the model whose trunk it has
  std::string output;    // path
  std::string features;  // path; "" if they are not kept
  int64_t output_bytes = 0;
  int64_t feature_count = 0;
  int64_t views = 1;                 // per photograph
  int64_t left_out = 0;              // photographs in no class's folder
  double cost = 0;                   // of the regularisation, like scikit-learn's C
  EvaluationReport held_out;         // by heads that were not trained with the photographs they answer for
  std::vector<SuspectRow> suspects;  // the likeliest first
  std::vector<AlikeRow> alike;       // the most similar first
  std::optional<RejectionRow> unknown;
  std::vector<std::string> warnings;  // sentences
};

std::string TeachingText(const TeachingReport& report);

// One object on one line, and a newline at the end, as in teach.schema.json.
std::string TeachingJson(const TeachingReport& report);

}  // namespace mobilenet
