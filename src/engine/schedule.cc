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
  // The rest is for what else goes through the cache: the rows' neighbours, XNNPACK's pointers to pixels.
  const int64_t usable_bytes = cache_bytes / 4 * 3;
  // The first strip is larger, since it computes what the others keep; of a few it would be most of the work.
  constexpr int64_t kLeastStrips = 8;
  // A step ends with a barrier between threads, counted as so much traffic: 32 KB are 6 us at the 5 GB/s of a
  // Raspberry Pi 4.
  constexpr int64_t kStepBytes = 32 * 1024;
  int64_t best_gain = 0;
  int64_t saved = 0;  // traffic of feature maps, each written once and read once
  int64_t previous = FeatureMapBytes(layers[0].input, type);
  for (size_t count = 2; count < layers.size() && WindowOf(layers[count - 1]); ++count) {
    const std::span<const Layer> candidates = layers.first(count);
    const Layer& last = candidates.back();
    // A map stays in the cache if it leaves room, while it is written and while it is read, for as much
    // again.
    const int64_t map = FeatureMapBytes(last.input, type);
    const int64_t next = FeatureMapBytes(last.output, type);
    if (map + std::max(previous, next) > cache_bytes / 2) saved += 2 * map;
    previous = map;

    const int64_t height = last.output[0];
    const int64_t rows = std::min(FittingRows(candidates, type, usable_bytes), height / kLeastStrips);
    if (rows == 0) continue;
    const int64_t strips = CeilDivide(height, rows);
    const int64_t gain = saved - strips * static_cast<int64_t>(count) * kStepBytes;
    if (gain <= best_gain) continue;
    best_gain = gain;
    schedule.strip_layers = count;
    schedule.strip_rows = CeilDivide(height, strips);  // all of about one height
  }
}

int64_t PanelChannels(const Layer& layer, DataType type, int64_t cache_bytes) {
  constexpr int64_t kTileChannels = 16;
  const int64_t channels = layer.output.back();
  if (!IsPointwise(layer)) return channels;
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
