#include "src/engine/schedule.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include "src/engine/strips.h"

namespace mobilenet {
namespace {

int64_t FeatureMapBytes(const Shape& shape, DataType type) {
  return shape[0] * RowBytes(shape, type);
}

int64_t CeilDivide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// Bytes that each strip of these layers uses, but for the first and the last: the windows of rows, and the
// weights.
int64_t WorkingSetBytes(std::span<const Layer> layers, int64_t rows, DataType type) {
  const auto strips = StripRows(layers, rows);
  const std::vector<int64_t> windows = WindowBytes(layers, strips[strips.size() / 2], type);
  int64_t bytes = std::accumulate(windows.begin(), windows.end(), int64_t{0});
  for (const Layer& layer : layers) bytes += Parameters(layer) * static_cast<int64_t>(ElementBytes(type));
  return bytes;
}

// The most rows whose working set fits; 0 if not even one does.
int64_t FittingRows(std::span<const Layer> layers, DataType type, int64_t bytes) {
  int64_t fitting = 0;
  int64_t too_many = layers.back().output[0] + 1;
  while (too_many - fitting > 1) {
    const int64_t rows = std::midpoint(fitting, too_many);
    (WorkingSetBytes(layers, rows, type) <= bytes ? fitting : too_many) = rows;
  }
  return fitting;
}

void ChooseStrips(std::span<const Layer> layers, DataType type, int64_t cache_bytes, Schedule& schedule) {
  // The rest is for what else goes through the cache: the weights' and the rows' neighbours, XNNPACK's
  // pointers to pixels.
  const int64_t usable_bytes = cache_bytes / 4 * 3;
  int64_t most_saved = 0;
  int64_t saved = 0;  // written and read again
  for (size_t count = 1; count < layers.size() && WindowOf(layers[count]).kernel > 0; ++count) {
    const int64_t map_bytes = FeatureMapBytes(layers[count].input, type);
    const int64_t next_bytes = FeatureMapBytes(layers[count].output, type);
    if (map_bytes + next_bytes > cache_bytes) saved += 2 * map_bytes;
    if (saved <= most_saved) continue;
    const std::span<const Layer> candidates = layers.first(count + 1);
    const int64_t height = candidates.back().output[0];
    const int64_t rows = FittingRows(candidates, type, usable_bytes);
    if (rows == 0 || rows == height) continue;
    most_saved = saved;
    schedule.strip_layers = candidates.size();
    schedule.strip_rows = CeilDivide(height, CeilDivide(height, rows));  // strips of one height
  }
}

int64_t PanelChannels(const Layer& layer, DataType type, int64_t cache_bytes) {
  constexpr int64_t kTileChannels = 16;
  const int64_t channels = layer.output.back();
  if (!std::holds_alternative<Pointwise>(layer.op)) return channels;
  const int64_t channel_bytes = layer.input.back() * static_cast<int64_t>(ElementBytes(type));
  if (channels * channel_bytes <= cache_bytes / 2) return channels;
  const int64_t width = cache_bytes / 4 / channel_bytes / kTileChannels * kTileChannels;
  return std::min(channels, std::max(width, kTileChannels));
}

}  // namespace

Schedule MakeSchedule(std::span<const Layer> layers, DataType type, int64_t cache_bytes) {
  Schedule schedule;
  if (cache_bytes > 0) ChooseStrips(layers, type, cache_bytes, schedule);
  for (size_t i = 0; i < layers.size(); ++i) {
    const bool whole = cache_bytes == 0 || i < schedule.strip_layers;
    schedule.panel_channels.push_back(whole ? layers[i].output.back()
                                            : PanelChannels(layers[i], type, cache_bytes));
  }
  return schedule;
}

}  // namespace mobilenet
