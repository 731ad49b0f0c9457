#include "src/engine/arena.h"

#include <algorithm>
#include <numeric>

#include "src/base/aligned_buffer.h"

namespace mobilenet {

Arena PlaceItems(std::span<const ArenaItem> items) {
  constexpr int64_t kAlignment = AlignedBuffer::kAlignmentBytes;
  constexpr int64_t kSlack = AlignedBuffer::kSlackBytes;
  const auto taken = [&](size_t item) {
    return (items[item].bytes + kSlack + kAlignment - 1) / kAlignment * kAlignment;
  };
  std::vector<size_t> order(items.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](size_t a, size_t b) { return items[a].bytes > items[b].bytes; });

  Arena arena;
  arena.offsets.resize(items.size());
  std::vector<size_t> placed;  // in the order of their offsets
  for (const size_t item : order) {
    int64_t offset = 0;
    for (const size_t other : placed) {
      const bool meet = items[other].first <= items[item].last && items[item].first <= items[other].last;
      if (!meet) continue;
      if (offset + taken(item) <= arena.offsets[other]) break;
      offset = std::max(offset, arena.offsets[other] + taken(other));
    }
    arena.offsets[item] = offset;
    arena.bytes = std::max(arena.bytes, offset + taken(item));
    const auto at = std::upper_bound(placed.begin(), placed.end(), offset, [&](int64_t value, size_t other) {
      return value < arena.offsets[other];
    });
    placed.insert(at, item);
  }
  return arena;
}

}  // namespace mobilenet
