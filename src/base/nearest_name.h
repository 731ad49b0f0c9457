// The name that a mistyped one was probably meant to be.
#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mobilenet {

// The one of `names` that takes the fewest letters added, left out, exchanged or swapped with their
// neighbour; the first one if several do. None if more than a third of the text would have to change.
std::optional<std::string_view> NearestName(std::string_view text, std::span<const std::string_view> names);

}  // namespace mobilenet
