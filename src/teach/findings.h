// What may be wrong with the photographs, judging by their features.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "src/teach/cross_validation.h"
#include "src/teach/examples.h"
#include "src/teach/softmax_regression.h"

namespace mobilenet {

struct AlikePair {
  uint32_t first = 0;  // photographs, first < second
  uint32_t second = 0;
  float similarity = 0;  // cosine of z of the two; 1: the same features
};

struct Alike {
  bool was_searched = true;      // false: there are too many photographs for it
  std::vector<int> groups;       // one per photograph: those that look alike have the same number
  std::vector<AlikePair> pairs;  // in different classes, the most similar first
};

// Photographs that show the same thing: copies, other sizes, the next picture of a burst.
Alike FindAlike(const Examples& examples, const Centre& centre);

struct Suspect {
  uint32_t photograph = 0;
  int looks_like = 0;  // class
  float score = 0;     // the other class's
  float own_score = 0;
};

// Photographs that are probably in the wrong folder, the likeliest first: heads that were not trained with
// them take them for another class, and are at least as sure of it as they are of that class's own
// photographs on average (Confident Learning: Northcutt, Jiang and Chuang 2021, section 3.1).
std::vector<Suspect> FindSuspects(const Examples& examples, const CrossValidation& validation, int classes);

// The class that takes at least half of the photographs of all others, and at least five; negative: none.
int FindSwallowing(const Examples& examples, const CrossValidation& validation, int classes);

}  // namespace mobilenet
