#include "src/engine/schedule.h"

#include <algorithm>
#include <numeric>
#include <variant>

#include "models/network.h"
#include "src/engine/strips.h"

namespace mobilenet {
namespace {

int64_t CeilDivide(int64_t a, int64_t b) {
  return (a + b - 1) / b;
}

// The layers of a network, and what is looked up about them again and again.
struct Layers {
  std::span<const Layer> all;
  std::vector<std::vector<size_t>> readers;  // of each value
  DataType type;
  int64_t cache_bytes;

  int64_t MapBytes(Value value) const {
    const Shape& shape = value == 0 ? all[0].input : all[value - 1].output;
    return shape[0] * RowBytes(shape, type);
  }

  // Whether the value takes no memory and no time of its own: its only reader concatenates it.
  bool IsPartOfConcat(Value value) const {
    return readers[value].size() == 1 && std::holds_alternative<Concat>(all[readers[value][0]].op);
  }

  // Bytes of the maps that a layer reads and writes, except one value.
  int64_t OtherBytes(size_t layer, Value value) const {
    int64_t bytes = layer + 1 == value ? 0 : MapBytes(layer + 1);
    for (const Value input : all[layer].inputs) {
      if (input != value && !IsPartOfConcat(input)) bytes += MapBytes(input);
    }
    return bytes;
  }
};

// Bytes that each strip of these layers uses, except the first ones and the last: the windows of rows, and
// the weights.
int64_t WorkingSetBytes(const Layers& layers, const StripSegment& segment) {
  const auto part = layers.all.subspan(segment.first, segment.count);
  constexpr size_t kLikeTheOthers = 4;
  const auto strips = StripRows(part, segment.first, segment.rows, kLikeTheOthers);
  const std::vector<int64_t> windows = WindowBytes(part, strips.back(), layers.type);
  int64_t bytes = 0;
  for (size_t v = 0; v < windows.size(); ++v) {
    if (v + 1 == windows.size() || !layers.IsPartOfConcat(segment.first + v)) bytes += windows[v];
  }
  for (const Layer& layer : part) {
    bytes += Parameters(layer) * static_cast<int64_t>(ElementBytes(layers.type));
  }
  return bytes;
}

// The largest number of rows whose working set fits, at most `most_rows`; 0 if not even one does.
int64_t FittingRows(const Layers& layers, StripSegment segment, int64_t most_rows, int64_t bytes) {
  int64_t fitting = 0;
  int64_t too_many = most_rows + 1;
  while (too_many - fitting > 1) {
    segment.rows = fitting == 0 ? 1 : std::midpoint(fitting, too_many);  // usually not even one fits
    (WorkingSetBytes(layers, segment) <= bytes ? fitting : too_many) = segment.rows;
  }
  return fitting;
}

// Traffic of the feature maps within the segment, each written once and read by each reader, if they would
// not stay in the cache: a map stays if, from when it is written until it is read, it leaves room for as much
// again.
int64_t SavedBytes(const Layers& layers, const StripSegment& segment) {
  int64_t saved = 0;
  for (size_t producer = segment.first; producer + 1 < segment.first + segment.count; ++producer) {
    const Value value = producer + 1;
    if (layers.IsPartOfConcat(value)) continue;
    const int64_t map = layers.MapBytes(value);
    int64_t others = layers.OtherBytes(producer, value);
    size_t seen = producer;
    for (const size_t reader : layers.readers[value]) {
      while (seen < reader) others = std::max(others, layers.OtherBytes(++seen, value));
      if (map + others <= layers.cache_bytes / 2) continue;
      saved += reader == layers.readers[value][0] ? 2 * map : map;
    }
  }
  return saved;
}

// Whether the layers from `layer` on read, of everything before them, only the output of the previous layer.
std::vector<bool> FindCuts(const Layers& layers) {
  std::vector<bool> is_cut(layers.all.size() + 1, true);
  for (Value value = 0; value < layers.readers.size(); ++value) {
    if (layers.readers[value].empty()) continue;
    for (size_t layer = value + 1; layer <= layers.readers[value].back(); ++layer) is_cut[layer] = false;
  }
  return is_cut;
}

// The segment with its rows, and its gain: bytes of traffic saved, minus the cost of its barriers; rows = 0
// if it does not fit.
int64_t Gain(const Layers& layers, StripSegment& segment) {
  // The rest is for other data in the cache: the rows' neighbours, XNNPACK's pointers to pixels.
  const int64_t usable_bytes = layers.cache_bytes / 4 * 3;
  // The first strip is larger, since it computes what the others keep; of only a few it would be most of the
  // work.
  constexpr int64_t kLeastStrips = 8;
  // A step ends with a barrier between threads, counted as this much traffic: 32 KB are 6 us at a Raspberry
  // Pi 4's 5 GB/s.
  constexpr int64_t kStepBytes = 32 * 1024;
  segment.rows = 0;
  const int64_t saved = SavedBytes(layers, segment);
  const auto count = static_cast<int64_t>(segment.count);
  if (saved <= kLeastStrips * count * kStepBytes) return 0;
  const int64_t height = layers.all[segment.first + segment.count - 1].output[0];
  const int64_t rows = FittingRows(layers, segment, height / kLeastStrips, usable_bytes);
  if (rows == 0) return 0;
  const int64_t strips = CeilDivide(height, rows);
  segment.rows = CeilDivide(height, strips);  // all about equally high
  return saved - strips * count * kStepBytes;
}

std::vector<StripSegment> ChooseStrips(const Layers& layers) {
  // More layers don't fit into a cache, or have more barriers than there is to gain.
  constexpr size_t kMostLayers = 64;
  const std::vector<bool> is_cut = FindCuts(layers);
  // The best way up to each layer: its gain, and the segment that ends there, if one does.
  std::vector<int64_t> best(layers.all.size() + 1, 0);
  std::vector<StripSegment> last(layers.all.size() + 1);
  for (size_t first = 0; first < layers.all.size(); ++first) {
    if (best[first + 1] < best[first]) {
      best[first + 1] = best[first];
      last[first + 1] = {};
    }
    if (!is_cut[first]) continue;
    for (size_t end = first + 1; end <= layers.all.size() && end - first <= kMostLayers; ++end) {
      if (!IsRowWise(layers.all[end - 1])) break;
      if (end - first < 2 || !is_cut[end]) continue;
      StripSegment segment{first, end - first, 0};
      const int64_t gain = Gain(layers, segment);
      if (gain <= 0 || best[first] + gain <= best[end]) continue;
      best[end] = best[first] + gain;
      last[end] = segment;
    }
  }
  std::vector<StripSegment> segments;
  for (size_t end = layers.all.size(); end > 0;) {
    if (last[end].count == 0) {
      --end;
      continue;
    }
    segments.push_back(last[end]);
    end = last[end].first;
  }
  std::reverse(segments.begin(), segments.end());
  return segments;
}

int64_t PanelChannels(const Layer& layer, DataType type, int64_t cache_bytes) {
  constexpr int64_t kTileChannels = 16;
  const int64_t channels = layer.output.back();
  const auto* conv = std::get_if<Conv>(&layer.op);
  if (!conv || conv->groups > 1) return channels;
  const int64_t channel_bytes = Parameters(layer) / channels * static_cast<int64_t>(ElementBytes(type));
  if (channels * channel_bytes <= cache_bytes / 2) return channels;
  const int64_t width = cache_bytes / 4 / channel_bytes / kTileChannels * kTileChannels;
  return std::min(channels, std::max(width, kTileChannels));
}

}  // namespace

Schedule MakeSchedule(std::span<const Layer> layers, DataType type, int64_t cache_bytes) {
  Schedule schedule;
  for (const Layer& layer : layers) schedule.panel_channels.push_back(layer.output.back());
  if (cache_bytes == 0) return schedule;
  schedule.strips = ChooseStrips({layers, ReadersOf(layers), type, cache_bytes});
  auto segment = schedule.strips.begin();
  for (size_t i = 0; i < layers.size(); ++i) {
    if (segment != schedule.strips.end() && i >= segment->first + segment->count) ++segment;
    const bool in_strips = segment != schedule.strips.end() && i >= segment->first;
    if (!in_strips) schedule.panel_channels[i] = PanelChannels(layers[i], type, cache_bytes);
  }
  return schedule;
}

}  // namespace mobilenet
