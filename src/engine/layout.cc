#include "src/engine/layout.h"

#include <algorithm>
#include <variant>

#include "src/engine/arena.h"

namespace mobilenet {
namespace {

constexpr size_t kNoItem = static_cast<size_t>(-1);

class LayoutMaker {
 public:
  LayoutMaker(const Network& network, const std::vector<Quantization>& quantizations, DataType type,
              std::span<const StripSegment> segments)
      : network_(network),
        quantizations_(quantizations),
        type_(type),
        readers_(ReadersOf(network.layers)),
        segment_of_(network.layers.size(), nullptr) {
    for (const StripSegment& segment : segments) {
      for (size_t i = 0; i < segment.count; ++i) segment_of_[segment.first + i] = &segment;
    }
    for (Value value = 0; value <= network.layers.size(); ++value) layout_.places.push_back({value, 0});
    for (const StripSegment& segment : segments) {
      const auto layers = std::span(network.layers).subspan(segment.first, segment.count);
      layout_.segments.push_back({segment, StripRows(layers, segment.first, segment.rows), {}});
    }
  }

  Layout Make() {
    // Backwards, so that a concatenation has its place when its inputs look for theirs.
    for (size_t i = network_.layers.size(); i-- > 0;) {
      if (std::holds_alternative<Concat>(network_.layers[i].op)) PlaceInputsOfConcat(i);
    }
    for (size_t i = 0; i < network_.layers.size(); ++i) {
      if (std::holds_alternative<Add>(network_.layers[i].op)) OverwriteOperand(i);
    }
    PlaceAll();
    return std::move(layout_);
  }

 private:
  // Whether the value exists in strips only: all its readers are in the segment of its producer.
  bool IsInStripsOnly(Value value) const {
    if (value == 0 || readers_[value].empty()) return false;
    const StripSegment* segment = segment_of_[value - 1];
    return segment && value < segment->first + segment->count;
  }

  // As a whole, such a value is copied from its window, row by row.
  bool EndsSegment(Value value) const {
    const StripSegment* segment = segment_of_[value - 1];
    return segment && value == segment->first + segment->count;
  }

  bool HasQuantizationOf(Value value, Value other) const {
    const Quantization& a = quantizations_[value];
    const Quantization& b = quantizations_[other];
    return IsFloat(type_) || (a.scale == b.scale && a.zero_point == b.zero_point);
  }

  void PlaceInputsOfConcat(size_t layer) {
    const Value output = layer + 1;
    const ValuePlace place = layout_.places[output];
    int64_t channel = place.first_channel;
    for (const Value input : network_.layers[layer].inputs) {
      if (input != 0 && readers_[input].size() == 1 && !EndsSegment(input) &&
          HasQuantizationOf(input, output)) {
        layout_.places[input] = {place.root, channel};
      }
      channel += ShapeOf(network_, input).back();
    }
  }

  void OverwriteOperand(size_t layer) {
    const Value output = layer + 1;
    // As a part of a concatenation it would have another pixel stride.
    if (layout_.places[output].root != output || segment_of_[layer]) return;
    for (const Value input : network_.layers[layer].inputs) {
      if (input == 0 || readers_[input].back() != layer || IsInStripsOnly(input)) continue;
      layout_.places[output] = layout_.places[input];
      return;
    }
  }

  int64_t Bytes(Value value) const {
    const bool is_last = value == network_.layers.size();  // the scores, in float
    return ElementCount(ShapeOf(network_, value)) *
           static_cast<int64_t>(ElementBytes(is_last ? DataType::kF32 : type_));
  }

  void PlaceAll() {
    const size_t values = network_.layers.size() + 1;
    const size_t end = network_.layers.size();  // after the last layer
    std::vector<ArenaItem> items;
    std::vector<size_t> item_of(values, kNoItem);
    for (Value value = 0; value < values; ++value) {
      if (IsInStripsOnly(value)) continue;
      const Value root = layout_.places[value].root;
      if (item_of[root] == kNoItem) {
        item_of[root] = items.size();
        items.push_back({Bytes(root), end, 0});
      }
      ArenaItem& item = items[item_of[root]];
      const bool stays = readers_[value].empty() || value == network_.logits;
      item.first = std::min(item.first, value == 0 ? 0 : FirstStep(value - 1));
      item.last = std::max(item.last, stays ? end : LastStep(readers_[value].back()));
    }
    std::vector<size_t> first_window;
    for (const SegmentLayout& segment : layout_.segments) {
      first_window.push_back(items.size());
      AddWindows(segment, items);
    }

    const Arena arena = PlaceItems(items);
    layout_.bytes = arena.bytes;
    for (Value value = 0; value < values; ++value) {
      layout_.offsets.push_back(item_of[value] == kNoItem ? -1 : arena.offsets[item_of[value]]);
    }
    for (size_t s = 0; s < layout_.segments.size(); ++s) {
      const auto begin = arena.offsets.begin() + static_cast<std::ptrdiff_t>(first_window[s]);
      const auto count = static_cast<std::ptrdiff_t>(layout_.segments[s].segment.count + 1);
      layout_.segments[s].window_offsets.assign(begin, begin + count);
    }
  }

  // While the layers of a segment take turns, everything that they need from outside is needed.
  size_t FirstStep(size_t layer) const { return segment_of_[layer] ? segment_of_[layer]->first : layer; }
  size_t LastStep(size_t layer) const {
    return segment_of_[layer] ? segment_of_[layer]->first + segment_of_[layer]->count - 1 : layer;
  }

  void AddWindows(const SegmentLayout& layout, std::vector<ArenaItem>& items) const {
    const StripSegment& segment = layout.segment;
    const auto layers = std::span(network_.layers).subspan(segment.first, segment.count);
    std::vector<int64_t> bytes(segment.count + 1, 0);
    for (const Strip& strip : layout.strips) {
      const std::vector<int64_t> used = WindowBytes(layers, strip, type_);
      for (size_t v = 0; v < bytes.size(); ++v) bytes[v] = std::max(bytes[v], used[v]);
    }
    for (size_t v = 0; v < bytes.size(); ++v) {
      const Value value = segment.first + v;
      // The segment's own input and output have windows besides their place as a whole.
      const bool is_part = v > 0 && v < segment.count && layout_.places[value].root != value;
      items.push_back({is_part ? 0 : bytes[v], segment.first, segment.first + segment.count - 1});
    }
  }

  const Network& network_;
  const std::vector<Quantization>& quantizations_;
  DataType type_;
  std::vector<std::vector<size_t>> readers_;     // of each value
  std::vector<const StripSegment*> segment_of_;  // for each layer; null outside of segments
  Layout layout_;
};

}  // namespace

Layout MakeLayout(const Network& network, const std::vector<Quantization>& quantizations, DataType type,
                  std::span<const StripSegment> segments) {
  return LayoutMaker(network, quantizations, type, segments).Make();
}

}  // namespace mobilenet
