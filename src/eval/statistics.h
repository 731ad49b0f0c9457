// What the numbers of right answers say about a model, beyond the photographs that were counted.
#pragma once

#include <cstdint>

namespace mobilenet {

struct RateInterval {
  double low = 0;
  double high = 1;
};

// Wilson's score interval at 95 % for a rate, given `right` out of `n`; 0...1 if n is 0.
RateInterval WilsonInterval(int64_t right, int64_t n);

// McNemar's exact test of two models on the same images: the probability that two equally good models differ
// on this many images at least as one-sidedly. `only_first`, `only_second`: images that only one of them has
// right.
double McNemarProbability(int64_t only_first, int64_t only_second);

}  // namespace mobilenet
