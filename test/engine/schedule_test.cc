#include "src/engine/schedule.h"

#include "models/network.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

constexpr int64_t kMegabyte = 1 << 20;

int64_t Panel(int64_t input_channels, int64_t output_channels, DataType type, int64_t cache_bytes) {
  const Layer layer{"", Pointwise{}, Activation::kRelu6, {14, 14, input_channels}, {14, 14, output_channels}};
  return PanelChannels(layer, type, cache_bytes);
}

TEST_CASE("pointwise layers whose weights crowd the cache are cut into panels of a quarter of it") {
  CHECK(Panel(512, 512, DataType::kF32, kMegabyte) == 128);   // 1 MB of weights
  CHECK(Panel(1024, 1024, DataType::kF32, kMegabyte) == 64);  // 4 MB
  CHECK(Panel(512, 512, DataType::kF32, kMegabyte / 2) == 64);
  CHECK(Panel(1024, 1024, DataType::kS8, kMegabyte) == 256);  // 1 MB
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
  for (const Layer& layer : network.layers) {
    CHECK(PanelChannels(layer, DataType::kF32, 0) == layer.output.back());
    if (!std::holds_alternative<Pointwise>(layer.op)) {
      CHECK(PanelChannels(layer, DataType::kF32, 1024) == layer.output.back());
    }
  }
}

}  // namespace
}  // namespace mobilenet
