#include "src/engine/schedule.h"

#include <algorithm>
#include <variant>

namespace mobilenet {

int64_t PanelChannels(const Layer& layer, DataType type, int64_t cache_bytes) {
  constexpr int64_t kTileChannels = 16;
  const int64_t channels = layer.output.back();
  if (cache_bytes == 0 || !std::holds_alternative<Pointwise>(layer.op)) return channels;
  const int64_t channel_bytes = layer.input.back() * static_cast<int64_t>(ElementBytes(type));
  if (channels * channel_bytes <= cache_bytes / 2) return channels;
  const int64_t width = cache_bytes / 4 / channel_bytes / kTileChannels * kTileChannels;
  return std::min(channels, std::max(width, kTileChannels));
}

}  // namespace mobilenet
