// One piece of memory for all feature maps: maps that are not needed at the same time lie at the same place.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace mobilenet {

// Something that needs memory while layers [first, last] run.
struct ArenaItem {
  int64_t bytes = 0;
  size_t first = 0;
  size_t last = 0;
};

struct Arena {
  std::vector<int64_t> offsets;  // of each item, on a cache line
  int64_t bytes = 0;
};

// Places the largest first, each as low as those before it leave room. After every item there is
// AlignedBuffer::kSlackBytes that no other has, since kernels read past the end of their input while others
// write.
Arena PlaceItems(std::span<const ArenaItem> items);

}  // namespace mobilenet
