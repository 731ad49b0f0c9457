#include "src/engine/schedule.h"

#include <algorithm>
#include <span>

#include "models/registry.h"
#include "src/engine/strips.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

int64_t Panel(int64_t input_channels, int64_t output_channels, DataType type, int64_t cache_bytes,
              const Conv& conv = {}) {
  const Layer layer{"", conv, Activation::kRelu6, {14, 14, input_channels}, {14, 14, output_channels}};
  return MakeSchedule(std::span(&layer, 1), type, cache_bytes).panel_channels[0];
}

TEST_CASE("convolutions whose weights fill the cache are cut into panels of a quarter of it") {
  CHECK(Panel(512, 512, DataType::kF32, kMegabyte) == 128);   // 1 MB of weights
  CHECK(Panel(1024, 1024, DataType::kF32, kMegabyte) == 64);  // 4 MB
  CHECK(Panel(512, 512, DataType::kF32, kMegabyte / 2) == 64);
  CHECK(Panel(1024, 1024, DataType::kS8, kMegabyte) == 256);  // 1 MB
  const Conv conv3x3{{3, 3, 1, {1, 1, 1, 1}}};
  CHECK(Panel(256, 256, DataType::kF32, kMegabyte, conv3x3) == 16);  // 9 KB per channel
  CHECK(Panel(64, 64, DataType::kF32, kMegabyte, conv3x3) == 64);    // 147 KB
  CHECK(Panel(256, 256, DataType::kF32, 16 * kMegabyte, conv3x3) == 256);
  // A group's channels belong to one operator.
  CHECK(Panel(256, 256, DataType::kF32, kMegabyte, {conv3x3.window, 2}) == 256);
}

TEST_CASE("layers whose weights fit into half of the cache stay whole") {
  CHECK(Panel(256, 512, DataType::kF32, kMegabyte) == 512);  // 512 KB, just fits
  CHECK(Panel(512, 512, DataType::kS8, kMegabyte) == 512);
  CHECK(Panel(1024, 1024, DataType::kF32, 32 * kMegabyte) == 1024);
}

TEST_CASE("panels are a whole number of tiles, never less than one, never more than the layer") {
  CHECK(Panel(768, 768, DataType::kF32, kMegabyte) == 80);  // 85 channels fill a quarter
  CHECK(Panel(1024, 1024, DataType::kF32, 1024) == 16);
  CHECK(Panel(1024, 8, DataType::kF32, 1024) == 8);
}

TEST_CASE("other layers, and all without a cache to schedule for, stay whole") {
  const Network network = MakeNetwork("mobilenet_v1", 1.0, 224, 1001);
  const Schedule none = MakeSchedule(network.layers, DataType::kF32, 0);
  const Schedule tiny = MakeSchedule(network.layers, DataType::kF32, 1024);
  CHECK(none.strips.empty());
  CHECK(tiny.strips.empty());  // not one row fits
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    CHECK(none.panel_channels[i] == layer.output.back());
    if (!std::holds_alternative<Conv>(layer.op)) CHECK(tiny.panel_channels[i] == layer.output.back());
  }
}

// "first...last x strips" of each segment.
std::string Strips(const char* name, double width_multiplier, int resolution, DataType type,
                   int64_t cache_bytes) {
  const Network network = MakeNetwork(name, width_multiplier, resolution, 1001);
  std::string text;
  for (const auto& [first, count, rows] : MakeSchedule(network.layers, type, cache_bytes).strips) {
    const Layer& last = network.layers[first + count - 1];
    if (!text.empty()) text += ", ";
    text += network.layers[first].name + "..." + last.name + " x" +
            std::to_string((last.output[0] + rows - 1) / rows);
  }
  return text;
}

TEST_CASE("layers run in strips where their feature maps don't fit into the cache") {
  // Raspberry Pi 3, 4 and 5. Modelled in kernels/README.md.
  const auto v1 = [](DataType type, int64_t cache_bytes) {
    return Strips("mobilenet_v1", 1.0, 224, type, cache_bytes);
  };
  CHECK(v1(DataType::kF32, kMegabyte / 2) ==
        "conv1...conv_dw_2 x28, conv_pw_2...conv_dw_3 x14, conv_pw_3...conv_dw_4 x14, conv_pw_4...conv_dw_5 "
        "x14");
  CHECK(v1(DataType::kF32, kMegabyte) ==
        "conv1...conv_dw_2 x12, conv_pw_2...conv_dw_4 x14, conv_pw_4...conv_dw_6 x14");
  CHECK(v1(DataType::kF32, 2 * kMegabyte) == "conv1...conv_dw_4 x14, conv_pw_4...conv_dw_6 x14");
  CHECK(v1(DataType::kS8, kMegabyte) == "conv1...conv_dw_4 x10");
  CHECK(v1(DataType::kS8, 2 * kMegabyte) == "conv_dw_1...conv_dw_2 x8");
  // All fits.
  CHECK(v1(DataType::kF32, 32 * kMegabyte) == "");
  CHECK(Strips("mobilenet_v1", 0.25, 128, DataType::kS8, kMegabyte / 2) == "");
}

TEST_CASE("strips run through whole inverted residual blocks") {
  const auto v2 = [](DataType type, int64_t cache_bytes) {
    return Strips("mobilenet_v2", 1.0, 224, type, cache_bytes);
  };
  CHECK(
      v2(DataType::kF32, kMegabyte / 2) ==
      "conv1...block_0.project x14, block_1.expand...block_1.project x28, block_2.expand...block_2.add x19, "
      "block_3.expand...block_3.project x10, block_4.expand...block_4.add x10, "
      "block_5.expand...block_5.add x10, block_6.expand...block_6.depthwise x14");
  CHECK(v2(DataType::kF32, 2 * kMegabyte) == "conv1...block_1.project x8, block_2.expand...block_5.add x10");
  CHECK(v2(DataType::kS8, kMegabyte) == "conv1...block_2.add x8, block_3.expand...block_3.depthwise x10");
}

TEST_CASE("strips and their weights fit into three quarters of the cache, in no less than 8 strips") {
  for (double width_multiplier : {0.25, 0.5, 0.75, 1.0}) {
    for (int resolution : {128, 160, 192, 224}) {
      const Network network = MakeNetwork("mobilenet_v1", width_multiplier, resolution, 1001);
      for (DataType type : {DataType::kF32, DataType::kS8}) {
        for (int64_t cache_bytes : {kMegabyte / 4, kMegabyte / 2, kMegabyte, 2 * kMegabyte}) {
          const Schedule schedule = MakeSchedule(network.layers, type, cache_bytes);
          for (const StripSegment& segment : schedule.strips) {
            CAPTURE(width_multiplier, resolution, DataTypeName(type), cache_bytes, segment.first);
            const auto layers = std::span<const Layer>(network.layers).subspan(segment.first, segment.count);
            const auto strips = StripRows(layers, segment.first, segment.rows);
            int64_t bytes = 0;
            for (const Layer& layer : layers) bytes += Parameters(layer) * (type == DataType::kF32 ? 4 : 1);
            for (int64_t window : WindowBytes(layers, strips[strips.size() / 2], type)) bytes += window;
            CHECK(strips.size() >= 8);
            CHECK(bytes <= cache_bytes * 3 / 4);
            for (size_t i = 0; i < segment.count; ++i) {
              CHECK(schedule.panel_channels[segment.first + i] == layers[i].output.back());
            }
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace mobilenet
