// One piece of memory for all feature maps: maps that are not needed at the same time share a place.
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

// Places the largest first, each as low as the earlier ones leave room. After every item there are
// AlignedBuffer::kSlackBytes that no other item uses, since kernels read past the end of their input while
// others write.
Arena PlaceItems(std::span<const ArenaItem> items);

}  // namespace mobilenet
