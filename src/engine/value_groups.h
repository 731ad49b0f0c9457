// Values of a network that have something in common, such as their quantisation.
#pragma once

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <vector>

#include "models/layer.h"

namespace mobilenet {

// At first each value is a group by itself; each group goes by its first value.
class ValueGroups {
 public:
  explicit ValueGroups(size_t values) : first_(values) { std::iota(first_.begin(), first_.end(), Value{0}); }

  Value First(Value value) const {
    while (first_[value] != value) value = first_[value];
    return value;
  }
  void Join(Value a, Value b) {
    const Value first_a = First(a);
    const Value first_b = First(b);
    first_[std::max(first_a, first_b)] = std::min(first_a, first_b);
  }

 private:
  std::vector<Value> first_;
};

}  // namespace mobilenet
