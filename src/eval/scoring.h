// Counts right answers of a model on images whose class is known.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "src/report/evaluation.h"
#include "src/report/rows.h"

namespace mobilenet {

class Scoring {
 public:
  explicit Scoring(std::span<const std::string> labels) : labels_(labels.begin(), labels.end()) {}

  // Adds the answer for an image of the class `truth`: its predictions, best first, at least one. Class
  // numbers are below the number of labels.
  void Add(const std::string& path, int truth, std::span<const Prediction> predictions);
  void AddFailed() { ++failed_; }
  void AddIgnored() { ++ignored_; }

  // What is known of the run, with the counted parts filled in.
  EvaluationReport Report(EvaluationReport report = {}) const;
  // Compares this model with another one on the images for which both have an answer.
  PairedRow CompareWith(const Scoring& other) const;

 private:
  // What is kept of an image is mostly a number, so a data set may be of any size.
  struct Counted {
    uint64_t path_hash = 0;
    bool is_right = false;
  };
  struct Bin {
    int64_t n = 0;
    int64_t right = 0;
    double scores = 0;
  };
  struct ClassCounts {
    int64_t n = 0;
    int64_t predicted = 0;
    int64_t right = 0;
  };

  const std::vector<std::string> labels_;
  int64_t failed_ = 0;
  int64_t ignored_ = 0;
  int64_t top1_ = 0;
  int64_t top5_ = 0;
  size_t most_predictions_ = 0;
  std::vector<Counted> counted_;
  std::map<int, ClassCounts> classes_;
  std::map<std::pair<int, int>, int64_t> confusions_;
  std::array<Bin, 10> bins_ = {};
  std::vector<MistakeRow> mistakes_;  // the surest first
};

}  // namespace mobilenet
