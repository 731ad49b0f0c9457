#include "src/engine/strips.h"

#include <algorithm>
#include <random>
#include <set>

#include "models/registry.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

std::vector<Layer> Prefix(int resolution, size_t count) {
  Network network = MakeNetwork("mobilenet_v1", 0.25, resolution, 10);
  network.layers.resize(count);
  return network.layers;
}

// Plays the strips: which row of the feature map stands in each row of each window. Requires that every layer
// finds the rows that its formula names, and that every row is computed once.
void RequireRightRows(const std::vector<Layer>& layers, int64_t rows) {
  const auto strips = StripRows(layers, rows);
  std::vector<std::vector<int64_t>> windows(layers.size() + 1);
  for (const auto& strip : strips) {
    const auto bytes = WindowBytes(layers, strip, DataType::kU8);
    REQUIRE(bytes.size() == windows.size());
    for (size_t i = 0; i < windows.size(); ++i) {
      const Shape& shape = i < layers.size() ? layers[i].input : layers.back().output;
      const auto rows_here = static_cast<size_t>(bytes[i] / RowBytes(shape, DataType::kU8));
      if (windows[i].size() < rows_here) windows[i].resize(rows_here, -1);
    }
  }
  std::vector<int64_t> computed(layers.size(), 0);
  for (const auto& strip : strips) {
    for (int64_t row = strip[0].input.begin; row < strip[0].input.end; ++row) {
      windows[0].at(static_cast<size_t>(row - strip[0].input.begin)) = row;
    }
    for (size_t i = 0; i < layers.size(); ++i) {
      const LayerStrip& layer = strip[i];
      if (layer.output.size() == 0) continue;
      REQUIRE(layer.output.begin == computed[i]);
      computed[i] = layer.output.end;
      const Window& conv = *WindowOf(layers[i]);
      const int pad = conv.padding.top;
      for (int64_t oh = layer.output.begin; oh < layer.output.end; ++oh) {
        for (int kh = 0; kh < conv.kernel_height; ++kh) {
          const int64_t ih = oh * conv.stride - pad + kh;
          // The row of the padded window that the operator will read.
          const int64_t in_window = (oh - layer.output.begin) * conv.stride + kh - layer.padding.top;
          if (ih < 0) {
            REQUIRE(in_window < 0);
          } else if (ih >= layers[i].input[0]) {
            REQUIRE(in_window >= layer.input.size());
            REQUIRE(in_window < layer.input.size() + layer.padding.bottom);
          } else {
            REQUIRE(in_window < layer.input.size());
            REQUIRE(windows[i].at(static_cast<size_t>(in_window)) == ih);
          }
        }
        windows[i + 1].at(static_cast<size_t>(layer.output_row + oh - layer.output.begin)) = oh;
      }
      // SAME computes just as many rows from the padded input.
      REQUIRE((layer.input.size() + layer.padding.top + layer.padding.bottom - conv.kernel_height) / conv.stride +
                  1 ==
              layer.output.size());
      const auto kept = static_cast<std::ptrdiff_t>(layer.kept_rows);
      const auto end = windows[i].begin() + static_cast<std::ptrdiff_t>(layer.input.size());
      std::copy(end - kept, end, windows[i].begin());
    }
  }
  REQUIRE(computed.back() == layers.back().output[0]);
}

TEST_CASE("strips give every layer the rows it needs and compute each row once") {
  for (int resolution : {32, 96, 128, 160, 192, 224}) {
    for (size_t count = 1; count <= 13; ++count) {
      const std::vector<Layer> layers = Prefix(resolution, count);
      for (int64_t rows : {1, 2, 3, 5, 8, 100}) {
        CAPTURE(resolution, count, rows);
        RequireRightRows(layers, rows);
      }
    }
  }
}

TEST_CASE("inner strips are alike, so that they share their steps") {
  const std::vector<Layer> layers = Prefix(224, 8);
  const auto strips = StripRows(layers, 1);
  REQUIRE(strips.size() == 28);
  for (size_t s = 2; s < 26; ++s) {
    for (size_t i = 0; i < layers.size(); ++i) CHECK(strips[s][i].IsLike(strips[1][i]));
  }
  CHECK_FALSE(strips[0][0].IsLike(strips[1][0]));
}

}  // namespace
}  // namespace mobilenet
