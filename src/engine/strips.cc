#include "src/engine/strips.h"

#include <algorithm>
#include <cassert>

namespace mobilenet {

bool LayerStrip::IsLike(const LayerStrip& other) const {
  return input.size() == other.input.size() && output.size() == other.output.size() &&
         padding.top == other.padding.top && padding.bottom == other.padding.bottom &&
         output_row == other.output_row;
}

std::vector<std::vector<LayerStrip>> StripRows(std::span<const Layer> layers, int64_t rows) {
  assert(!layers.empty() && rows > 0);
  const int64_t height = layers.back().output[0];
  std::vector<std::vector<LayerStrip>> strips;
  std::vector<int64_t> computed(layers.size(), 0);  // rows of each layer's output, by the strips so far
  for (int64_t end = std::min(rows, height); computed.back() < height; end = std::min(end + rows, height)) {
    std::vector<LayerStrip> strip(layers.size());
    int64_t needed = end;
    for (size_t i = layers.size(); i-- > 0;) {
      assert(WindowOf(layers[i]));
      const Window& window = *WindowOf(layers[i]);
      const int64_t input_height = layers[i].input[0];
      const int pad_top = window.padding.top;
      LayerStrip& layer = strip[i];
      layer.output = {computed[i], std::max(computed[i], needed)};
      if (layer.output.size() == 0) break;  // nor do the layers before it have anything to do
      const int64_t first = layer.output.begin * window.stride - pad_top;
      const int64_t last = (layer.output.end - 1) * window.stride - pad_top + window.kernel_height;
      layer.input = {std::max<int64_t>(first, 0), std::min(last, input_height)};
      layer.padding = {static_cast<int>(layer.input.begin - first), static_cast<int>(last - layer.input.end)};
      computed[i] = layer.output.end;
      needed = layer.input.end;
    }
    for (size_t i = 0; i + 1 < layers.size(); ++i) {
      strip[i].output_row = strip[i].output.begin - strip[i + 1].input.begin;
    }
    strips.push_back(std::move(strip));
  }
  for (size_t s = 0; s + 1 < strips.size(); ++s) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const RowRange& next = strips[s + 1][i].input;
      if (next.size() > 0) strips[s][i].kept_rows = strips[s][i].input.end - next.begin;
    }
  }
  return strips;
}

std::vector<int64_t> WindowBytes(std::span<const Layer> layers, std::span<const LayerStrip> strip,
                                 DataType type) {
  std::vector<int64_t> bytes;
  for (size_t i = 0; i < layers.size(); ++i) {
    bytes.push_back(strip[i].input.size() * RowBytes(layers[i].input, type));
  }
  bytes.push_back(strip.back().output.size() * RowBytes(layers.back().output, type));
  return bytes;
}

}  // namespace mobilenet
