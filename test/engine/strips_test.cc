#include "src/engine/strips.h"

#include <algorithm>
#include <random>

#include "models/network_builder.h"
#include "models/registry.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

const Shape& ShapeIn(std::span<const Layer> layers, size_t v) {
  return v == 0 ? layers[0].input : layers[v - 1].output;
}

// Simulates the strips: which row of the feature map is in each row of each window. Requires that every layer
// finds the rows that its formula names, and that every row is computed once.
void RequireRightRows(std::span<const Layer> layers, Value first, int64_t rows) {
  const auto strips = StripRows(layers, first, rows);
  const size_t values = layers.size() + 1;
  std::vector<std::vector<int64_t>> windows(values);
  for (const Strip& strip : strips) {
    const auto bytes = WindowBytes(layers, strip, DataType::kU8);
    REQUIRE(bytes.size() == values);
    for (size_t v = 0; v < values; ++v) {
      const auto here = static_cast<size_t>(bytes[v] / RowBytes(ShapeIn(layers, v), DataType::kU8));
      if (windows[v].size() < here) windows[v].resize(here, -1);
    }
  }
  std::vector<int64_t> computed(values, 0);
  for (size_t s = 0; s < strips.size(); ++s) {
    const Strip& strip = strips[s];
    const auto at = [&](size_t v, int64_t row) -> int64_t& {
      REQUIRE(row >= strip.windows[v].rows.begin);
      return windows[v].at(static_cast<size_t>(row - strip.windows[v].rows.begin));
    };
    for (int64_t row = strip.windows[0].rows.begin; row < strip.windows[0].rows.end; ++row) at(0, row) = row;
    for (size_t i = 0; i < layers.size(); ++i) {
      const LayerStrip& layer = strip.layers[i];
      if (layer.output.size() == 0) continue;
      REQUIRE(layer.output.begin == computed[i + 1]);
      computed[i + 1] = layer.output.end;
      const Window conv = WindowOf(layers[i]) ? *WindowOf(layers[i]) : Window{};
      for (int64_t oh = layer.output.begin; oh < layer.output.end; ++oh) {
        for (int kh = 0; kh < conv.kernel_height; ++kh) {
          const int64_t ih = oh * conv.stride - conv.padding.top + kh;
          // The row of the padded input that the operator is going to read.
          const int64_t in_strip = (oh - layer.output.begin) * conv.stride + kh - layer.padding.top;
          if (ih < 0) {
            REQUIRE(in_strip < 0);
          } else if (ih >= layers[i].input[0]) {
            REQUIRE(in_strip >= layer.input.size());
            REQUIRE(in_strip < layer.input.size() + layer.padding.bottom);
          } else {
            REQUIRE(in_strip < layer.input.size());
            REQUIRE(layer.input.begin + in_strip == ih);
            for (const Value input : layers[i].inputs) REQUIRE(at(input - first, ih) == ih);
          }
        }
        at(i + 1, oh) = oh;
      }
      REQUIRE((layer.input.size() + layer.padding.top + layer.padding.bottom - conv.kernel_height) /
                      conv.stride +
                  1 ==
              layer.output.size());
    }
    if (s + 1 == strips.size()) break;
    for (size_t v = 1; v < values; ++v) {
      const int64_t dropped = strips[s + 1].windows[v].rows.begin - strip.windows[v].rows.begin;
      REQUIRE(dropped >= 0);
      REQUIRE(strip.windows[v].kept_rows == strip.windows[v].rows.end - strips[s + 1].windows[v].rows.begin);
      const auto begin = windows[v].begin() + static_cast<std::ptrdiff_t>(dropped);
      std::copy_n(begin, strip.windows[v].kept_rows, windows[v].begin());
    }
  }
  REQUIRE(computed.back() == layers.back().output[0]);
}

TEST_CASE("strips give every layer the rows it needs and compute each row once") {
  for (int resolution : {32, 96, 128, 160, 192, 224}) {
    const Network network = MakeNetwork("mobilenet_v1", 0.25, resolution, 10);
    for (size_t count = 1; count <= 13; ++count) {
      for (int64_t rows : {1, 2, 3, 5, 8, 100}) {
        CAPTURE(resolution, count, rows);
        RequireRightRows(std::span(network.layers).first(count), 0, rows);
      }
    }
  }
}

TEST_CASE("strips run through inverted residual blocks") {
  for (int resolution : {32, 97, 224}) {
    const Network network = MakeNetwork("mobilenet_v2", 0.5, resolution, 10);
    for (size_t first = 0; first < 30; ++first) {
      for (size_t end = first + 1; end < 40; ++end) {
        const std::string& name = network.layers[end - 1].name;
        const bool is_block = name.ends_with(".add") || name.ends_with("1.project");
        const bool is_start = first == 0 || network.layers[first - 1].name.ends_with(".add");
        if (!is_block || !is_start) continue;
        CAPTURE(resolution, first, end);
        for (int64_t rows : {1, 3, 100}) {
          RequireRightRows(std::span(network.layers).subspan(first, end - first), first, rows);
        }
      }
    }
  }
}

TEST_CASE("strips run through forks whose branches have windows of their own, and skipped rows") {
  std::mt19937 random(7);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  for (int round = 0; round < 60; ++round) {
    NetworkBuilder net({pick(7, 40), 4, 2});
    const Value a = net.Conv("a", net.kInput, 3, Square(pick(1, 5), pick(1, 3)), Activation::kNone);
    const Value b = net.Conv("b", a, 2, Square(1), Activation::kNone);
    const Value c = net.Depthwise("c", a, Square(2 * pick(0, 3) + 1), Activation::kNone);
    const Value d = net.Depthwise("d", c, Square(3), Activation::kNone);
    const Value e = net.Concat("e", {b, d, a});
    const Value f = net.Depthwise("f", e, {pick(1, 3), 1, pick(1, 3), Padding{}}, Activation::kNone);
    const Value g = net.Add("g", f, net.Depthwise("h", f, Square(5), Activation::kNone));
    net.Softmax("softmax", net.GlobalAvgPool("pool", g));
    const Network network = net.Build();
    for (int64_t rows : {1, 2, 5}) {
      CAPTURE(round, rows);
      RequireRightRows(std::span(network.layers).first(8), 0, rows);
    }
  }
}

TEST_CASE("inner strips are alike, so that they share their steps") {
  const Network network = MakeNetwork("mobilenet_v1", 0.25, 224, 10);
  const auto layers = std::span(network.layers).first(8);
  const auto strips = StripRows(layers, 0, 1);
  REQUIRE(strips.size() == 28);
  for (size_t s = 2; s < 26; ++s) {
    for (size_t i = 0; i < layers.size(); ++i) {
      const LayerStrip& layer = strips[s].layers[i];
      const LayerStrip& other = strips[1].layers[i];
      CHECK(layer.input.size() == other.input.size());
      CHECK(layer.output.size() == other.output.size());
      CHECK(layer.padding == other.padding);
      CHECK(layer.input.begin - strips[s].windows[i].rows.begin ==
            other.input.begin - strips[1].windows[i].rows.begin);
    }
  }
  CHECK(strips[0].layers[0].input.size() > strips[1].layers[0].input.size());
  CHECK(StripRows(layers, 0, 1, 4).size() == 4);
}

}  // namespace
}  // namespace mobilenet
