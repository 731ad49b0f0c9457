// How often a head is right on photographs that it was not trained with, and how strongly it has to be
// regularised for that.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <utility>
#include <vector>

#include "src/teach/examples.h"
#include "src/teach/softmax_regression.h"

namespace mobilenet {

inline constexpr int kFolds = 5;

// What heads say about a photograph that they were not trained with.
struct HeldOut {
  std::vector<std::pair<int, float>> best;  // the five highest scores, highest first: class, score
  float own_score = 0;                      // its class's
};

struct CrossValidation {
  double cost = 1;                // of the regularisation, like scikit-learn's C
  std::vector<HeldOut> held_out;  // one per photograph; nothing for those without a class
};

// The part, 0...kFolds - 1, with which each photograph is held out: about equally many of each class in each
// part. Photographs of one group (`groups` has a number for each), which look alike, are in the same part.
// kFolds if it has no class. The same for the same photographs.
std::vector<int> MakeFolds(const Examples& examples, std::span<const int> groups);

// How much memory ChooseCost and CrossValidate take with this many threads, approximately.
int64_t TrainingBytes(const Examples& examples, int classes, int threads);

// `threads` share the folds. Once `is_stopped` returns true, both return something.
//
// The cost with which the held-out photographs are likeliest: tries from small to large until they get no
// likelier; if there are many photographs, with some of them.
double ChooseCost(const Examples& examples, const Centre& centre, std::span<const int> folds, int classes,
                  int threads, const std::function<bool()>& is_stopped);
CrossValidation CrossValidate(const Examples& examples, const Centre& centre, std::span<const int> folds,
                              int classes, double cost, int threads, const std::function<bool()>& is_stopped);

}  // namespace mobilenet
