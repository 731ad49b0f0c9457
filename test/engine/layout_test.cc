// Which feature maps share memory, and that no two that are needed at once do so by accident.
#include "src/engine/layout.h"

#include <algorithm>
#include <random>
#include <string>

#include "models/network_builder.h"
#include "models/registry.h"
#include "src/base/aligned_buffer.h"
#include "src/engine/arena.h"
#include "test/support/catch.h"

namespace mobilenet {
namespace {

TEST_CASE("items that meet lie apart, with room to read past the end, and others share memory") {
  std::mt19937 random(3);
  for (int round = 0; round < 100; ++round) {
    std::vector<ArenaItem> items;
    for (int i = 0; i < 20; ++i) {
      const size_t first = random() % 10;
      items.push_back({static_cast<int64_t>(random() % 1000), first, first + random() % 4});
    }
    const Arena arena = PlaceItems(items);
    for (size_t i = 0; i < items.size(); ++i) {
      CHECK(arena.offsets[i] % static_cast<int64_t>(AlignedBuffer::kAlignmentBytes) == 0);
      const int64_t end =
          arena.offsets[i] + items[i].bytes + static_cast<int64_t>(AlignedBuffer::kSlackBytes);
      CHECK(end <= arena.bytes);
      for (size_t j = 0; j < items.size(); ++j) {
        if (i == j || items[i].last < items[j].first || items[j].last < items[i].first) continue;
        if (arena.offsets[j] >= arena.offsets[i]) CHECK(arena.offsets[j] >= end);
      }
    }
  }
}

Layout LayoutOf(const Network& network, DataType type, std::span<const StripSegment> segments = {}) {
  return MakeLayout(network, std::vector<Quantization>(network.layers.size() + 1), type, segments);
}

TEST_CASE("feature maps take no more memory than the two largest neighbours") {
  // Computed by hand: the most is alive around conv_pw_1 (802,816 and 401,408 values), in V2 while
  // block_1.depthwise reads the expanded map (1,204,224 and 301,056).
  const auto check = [](const char* name, int64_t values) {
    const Network network = MakeNetwork(name, 1.0, 224, 1001);
    for (DataType type : {DataType::kF32, DataType::kS8}) {
      const int64_t bytes = values * static_cast<int64_t>(ElementBytes(type));
      const Layout layout = LayoutOf(network, type);
      CAPTURE(name, DataTypeName(type));
      CHECK(layout.bytes >= bytes);
      CHECK(layout.bytes <= bytes + 10'000);  // the logits and the scores stay
    }
  };
  check("mobilenet_v1", 802'816 + 401'408);
  check("mobilenet_v2", 1'204'224 + 301'056);
}

TEST_CASE("an addition overwrites an operand that nobody reads afterwards") {
  const Network network = MakeNetwork("mobilenet_v2", 1.0, 224, 1001);
  const Layout layout = LayoutOf(network, DataType::kF32);
  int overwritten = 0;
  for (size_t i = 0; i < network.layers.size(); ++i) {
    if (!std::holds_alternative<Add>(network.layers[i].op)) continue;
    const Value root = layout.places[i + 1].root;
    const auto& inputs = network.layers[i].inputs;
    const bool is_operand = root == layout.places[inputs[0]].root || root == layout.places[inputs[1]].root;
    CHECK(is_operand);
    ++overwritten;
  }
  CHECK(overwritten == 10);
}

TEST_CASE("the inputs of a concatenation lie in it where they have no other reader and its quantisation") {
  NetworkBuilder net({8, 8, 3});
  const Value a = net.Conv("a", net.kInput, 4, Square(3), Activation::kNone);
  const Value b = net.Conv("b", a, 5, Square(1), Activation::kNone);
  const Value c = net.Conv("c", a, 6, Square(1), Activation::kNone);
  const Value inner = net.Concat("inner", {b, c});
  const Value outer = net.Concat("outer", {a, inner});
  net.Softmax("softmax", net.GlobalAvgPool("pool", outer));
  const Network network = net.Build();
  std::vector<Quantization> quantizations(network.layers.size() + 1);
  const auto place = [&](Value value, DataType type) {
    const Layout layout = MakeLayout(network, quantizations, type, {});
    return std::pair(layout.places[value].root, layout.places[value].first_channel);
  };
  CHECK(place(a, DataType::kU8) == std::pair(a, int64_t{0}));  // others read it
  CHECK(place(inner, DataType::kU8) == std::pair(outer, int64_t{4}));
  CHECK(place(b, DataType::kU8) == std::pair(outer, int64_t{4}));
  CHECK(place(c, DataType::kU8) == std::pair(outer, int64_t{9}));
  quantizations[c].zero_point = 3;
  CHECK(place(c, DataType::kU8) == std::pair(c, int64_t{0}));
  CHECK(place(c, DataType::kF32) == std::pair(outer, int64_t{9}));
}

TEST_CASE("values that exist in strips only have windows and no other memory") {
  const Network network = MakeNetwork("mobilenet_v2", 1.0, 224, 1001);
  const Layout whole = LayoutOf(network, DataType::kF32);
  const StripSegment blocks[] = {{0, 13, 1}};
  REQUIRE(network.layers[12].name == "block_3.project");
  const Layout layout = LayoutOf(network, DataType::kF32, blocks);
  CHECK(layout.offsets[5] == -1);
  CHECK(layout.offsets[13] >= 0);
  CHECK(layout.segments[0].strips.size() == 28);
  CHECK(layout.bytes < whole.bytes / 2);
}

}  // namespace
}  // namespace mobilenet
