// Text put together from parts, each written as operator<< does.
#pragma once

#include <sstream>
#include <string>
#include <string_view>

namespace mobilenet {

template <typename... Parts>
std::string StrCat(const Parts&... parts) {
  std::ostringstream out;
  (out << ... << parts);
  return out.str();
}

// All items with `separator` between them. `part_of(item)` is what is written for an item.
template <typename Items, typename PartOf>
std::string StrJoin(const Items& items, std::string_view separator, const PartOf& part_of) {
  std::ostringstream out;
  bool is_first = true;
  for (const auto& item : items) {
    if (!is_first) out << separator;
    is_first = false;
    out << part_of(item);
  }
  return out.str();
}

template <typename Items>
std::string StrJoin(const Items& items, std::string_view separator = ", ") {
  return StrJoin(
      items, separator, [](const auto& item) -> const auto& { return item; });
}

}  // namespace mobilenet
