// What the numbers of right answers say about a model, beyond the photographs that were counted.
#pragma once

#include <cstdint>

namespace mobilenet {

struct RateInterval {
  double low = 0;
  double high = 1;
};

// Wilson's score interval at 95 % of a rate of which `right` of `n` were seen; 0...1 without any.
RateInterval WilsonInterval(int64_t right, int64_t n);

// McNemar's exact test of two models on the same images: the probability that models which are equally good
// differ on so many images, or more one-sidedly. `only_first`, `only_second`: images that one of them alone
// has right.
double McNemarProbability(int64_t only_first, int64_t only_second);

}  // namespace mobilenet
