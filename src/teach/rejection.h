// From which score on an answer is believed.
#pragma once

#include <span>
#include <vector>

namespace mobilenet {

struct Rejection {
  double threshold = 0;        // lower scores are "none of these"
  double accepted = 1;         // of the photographs of the classes, the part that is not below it
  double others_rejected = 0;  // of those of none of the classes, the part that is below it; 0 without any
};

// `right`, `wrong`: the highest scores of photographs of the classes that were held out, recognised and not;
// `others`: those of photographs of none of the classes. With the latter, the threshold at which the parts
// that are treated as they should be, of both kinds, have the largest sum (Youden 1950); without, that which
// 95 % of the recognised ones reach.
Rejection ChooseRejection(std::vector<float> right, std::span<const float> wrong, std::vector<float> others);

}  // namespace mobilenet
