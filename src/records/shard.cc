#include "src/records/shard.h"

#include "src/base/parse_number.h"

namespace mobilenet {

std::optional<Shard> ParseShard(std::string_view text) {
  const size_t slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto part = ParseNumber<int>(text.substr(0, slash));
  const auto parts = ParseNumber<int>(text.substr(slash + 1));
  if (!part || !parts || *part < 1 || *part > *parts) return std::nullopt;
  return Shard{*part, *parts};
}

}  // namespace mobilenet
