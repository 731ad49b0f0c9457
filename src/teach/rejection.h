// The score from which on an answer is believed.
#pragma once

#include <span>
#include <vector>

namespace mobilenet {

struct Rejection {
  double threshold = 0;        // lower scores are "none of these"
  double accepted = 1;         // the part of the classes' photographs that is not below it
  double others_rejected = 0;  // the part of the others that is below it; 0 without any
};

// `right`, `wrong`: the highest scores of held-out photographs of the classes, recognised and not; `others`:
// those of photographs of none of the classes. With others, the threshold at which the parts of both kinds
// that are treated correctly have the largest sum (Youden 1950); without, the one that 95 % of the recognised
// photographs reach.
Rejection ChooseRejection(std::vector<float> right, std::span<const float> wrong, std::vector<float> others);

}  // namespace mobilenet
