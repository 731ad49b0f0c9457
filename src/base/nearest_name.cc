#include "src/base/nearest_name.h"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace mobilenet {
namespace {

// The distance of Damerau and Levenshtein in which no letter is moved twice.
size_t EditDistance(std::string_view a, std::string_view b) {
  const size_t width = b.size() + 1;
  std::vector<size_t> distances((a.size() + 1) * width);
  const auto at = [&](size_t i, size_t j) -> size_t& { return distances[i * width + j]; };
  for (size_t i = 0; i <= a.size(); ++i) at(i, 0) = i;
  for (size_t j = 0; j <= b.size(); ++j) at(0, j) = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t exchanged = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({at(i - 1, j) + 1, at(i, j - 1) + 1, exchanged});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
      }
    }
  }
  return distances.back();
}

}  // namespace

std::optional<std::string_view> NearestName(std::string_view text, std::span<const std::string_view> names) {
  constexpr size_t kLongest = 100;  // no name is longer
  if (text.size() > kLongest) return std::nullopt;
  std::optional<std::string_view> nearest;
  size_t least = text.size() / 3;
  for (const std::string_view name : names) {
    const size_t distance = EditDistance(text, name);
    if (distance > least || (nearest && distance == least)) continue;
    least = distance;
    nearest = name;
  }
  return nearest;
}

}  // namespace mobilenet
