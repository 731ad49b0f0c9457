// How right a head is on photographs that it was not trained with, and how strongly it has to be regularised
// for that.
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

// What heads that were not trained with a photograph say of it.
struct HeldOut {
  std::vector<std::pair<int, float>> best;  // the five highest scores, highest first: class, score
  float own_score = 0;                      // of its class
};

struct CrossValidation {
  double cost = 1;                // of the regularisation, as scikit-learn's C
  std::vector<HeldOut> held_out;  // one a photograph; of those without a class, nothing
};

// The part, 0...kFolds - 1, that each photograph is held out with: of each class about as many in each.
// Photographs of one group (`groups` has a number each), which look alike, are in the same part. kFolds where
// it has no class. The same for the same photographs.
std::vector<int> MakeFolds(const Examples& examples, std::span<const int> groups);

// What ChooseCost and CrossValidate take of memory with so many threads, about.
int64_t TrainingBytes(const Examples& examples, int classes, int threads);

// `threads` share the folds. Once `is_stopped` says so, both return something.
//
// The cost that the photographs held out are likeliest with: tries from small to large until they get no
// likelier; of many photographs, with some of them.
double ChooseCost(const Examples& examples, const Centre& centre, std::span<const int> folds, int classes,
                  int threads, const std::function<bool()>& is_stopped);
CrossValidation CrossValidate(const Examples& examples, const Centre& centre, std::span<const int> folds,
                              int classes, double cost, int threads, const std::function<bool()>& is_stopped);

}  // namespace mobilenet
