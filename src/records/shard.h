// One of the disjoint parts that a set of images is divided into.
#pragma once

#include <optional>
#include <string_view>

namespace mobilenet {

// Part number `part` of `parts` disjoint parts of all inputs.
struct Shard {
  int part = 1;  // 1...parts
  int parts = 1;
};

// "2/5"; none if the text is not of this form, or not a part of the whole.
std::optional<Shard> ParseShard(std::string_view text);

}  // namespace mobilenet
