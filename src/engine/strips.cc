#include "src/engine/strips.h"

#include <algorithm>
#include <cassert>
#include <utility>

namespace mobilenet {
namespace {

// The first input row that the layer reads for its own row `output`; may lie in the padding.
int64_t FirstInputRow(const Layer& layer, int64_t output) {
  const Window* window = WindowOf(layer);
  return window ? output * window->stride - window->padding.top : output;
}

int64_t KernelHeight(const Layer& layer) {
  const Window* window = WindowOf(layer);
  return window ? window->kernel_height : 1;
}

// What a layer does to compute these rows.
LayerStrip StripOf(const Layer& layer, const RowRange& output) {
  LayerStrip strip;
  strip.output = output;
  if (output.size() == 0) return strip;
  const int64_t first = FirstInputRow(layer, output.begin);
  const int64_t last = FirstInputRow(layer, output.end - 1) + KernelHeight(layer);
  strip.input = {std::max<int64_t>(first, 0), std::min(last, layer.input[0])};
  strip.padding = {static_cast<int>(strip.input.begin - first), static_cast<int>(last - strip.input.end)};
  return strip;
}

// For each value, the first row that a layer still reads when this many rows of each have been computed; its
// height if none does.
std::vector<int64_t> FirstNeededRows(std::span<const Layer> layers, Value input,
                                     const std::vector<int64_t>& computed) {
  std::vector<int64_t> first = {layers[0].input[0]};
  for (const Layer& layer : layers) first.push_back(layer.output[0]);
  first.back() = computed.back();  // the last value's rows leave the window with each strip
  for (size_t i = 0; i < layers.size(); ++i) {
    if (computed[i + 1] == layers[i].output[0]) continue;
    const int64_t row = std::max<int64_t>(FirstInputRow(layers[i], computed[i + 1]), 0);
    for (const Value value : layers[i].inputs) first[value - input] = std::min(first[value - input], row);
  }
  // If rows are skipped, the next row to come may lie before the next one that is needed.
  for (size_t v = 0; v < first.size(); ++v) first[v] = std::min(first[v], computed[v]);
  return first;
}

}  // namespace

std::vector<Strip> StripRows(std::span<const Layer> layers, Value input, int64_t rows, size_t most_strips) {
  assert(!layers.empty() && rows > 0);
  const int64_t height = layers.back().output[0];
  std::vector<Strip> strips;
  std::vector<int64_t> computed(layers.size() + 1, 0);  // rows of each value, by the strips so far
  for (int64_t end = std::min(rows, height); computed.back() < height && strips.size() < most_strips;
       end = std::min(end + rows, height)) {
    const std::vector<int64_t> begin = FirstNeededRows(layers, input, computed);
    for (size_t v = 0; v < begin.size() && !strips.empty(); ++v) {
      strips.back().windows[v].kept_rows = computed[v] - begin[v];
    }
    Strip strip;
    strip.layers.resize(layers.size());
    std::vector<int64_t> needed = computed;
    needed.back() = end;
    for (size_t i = layers.size(); i-- > 0;) {
      strip.layers[i] = StripOf(layers[i], {computed[i + 1], needed[i + 1]});
      for (const Value value : layers[i].inputs) {
        needed[value - input] = std::max(needed[value - input], strip.layers[i].input.end);
      }
    }
    computed = std::move(needed);
    for (size_t v = 0; v < begin.size(); ++v) strip.windows.push_back({{begin[v], computed[v]}, 0});
    strips.push_back(std::move(strip));
  }
  return strips;
}

std::vector<int64_t> WindowBytes(std::span<const Layer> layers, const Strip& strip, DataType type) {
  std::vector<int64_t> bytes;
  for (size_t v = 0; v < strip.windows.size(); ++v) {
    const Shape& shape = v == 0 ? layers[0].input : layers[v - 1].output;
    bytes.push_back(strip.windows[v].rows.size() * RowBytes(shape, type));
  }
  return bytes;
}

}  // namespace mobilenet
