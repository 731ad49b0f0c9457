#include "kernels/fully_connected/fully_connected.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::fully_connected_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (std::is_same_v<T, float>) {
    return Supported(kFullyConnectedF32);
#if MOBILENET_HAVE_NEONFP16
  } else if constexpr (std::is_same_v<T, Half>) {
    return Supported(kFullyConnectedF16);
#endif
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kFullyConnectedQu8);
  } else {
    return Supported(kFullyConnectedQs8);
  }
}

// Runs every kernel on [N, K] weights, whole and in ranges of blocks, and requires what the reference says.
template <typename T>
void RequireReference(int n, int k, TestClamp clamp, uint32_t seed) {
  Random random(seed);
  const TestLayer<T> layer(random, n, k, std::ptrdiff_t{n} * k, clamp);
  const std::vector<T> input = random.Rows<T>(1, k, k);
  const std::vector<Expected> expected = ReferenceGemm(1, n, k, input, k, layer, n);
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", N " << n << ", K " << k << ", seed " << seed);
    const std::vector<float> packed = PackTestGemm(n, k, layer, kernel.tile);
    std::vector<T> whole = MarkedOutput<T>(n);
    kernel.function(n, k, input.data(), packed.data(), whole.data(), layer.rule());
    REQUIRE(Mismatch(whole, expected) == "");

    const size_t block_floats = PackedBlockFloats<T>(k, kernel.tile);
    for (int blocks : {1, 3}) {
      INFO(blocks << " blocks of outputs at a time");
      std::vector<T> ranges = MarkedOutput<T>(n);
      for (int begin = 0; begin < n; begin += blocks * kernel.tile.nr) {
        kernel.function(std::min(blocks * kernel.tile.nr, n - begin), k, input.data(),
                        packed.data() + static_cast<size_t>(begin / kernel.tile.nr) * block_floats,
                        ranges.data() + begin, layer.rule());
      }
      REQUIRE(Mismatch(ranges, whole) == "");
    }
  }
}

TEMPLATE_LIST_TEST_CASE("fully_connected matches the reference around every tile", "", WeightsTypes) {
  uint32_t seed = kSeed;
  for (int n : kSimdSizes) {
    for (int k : kFewSimdSizes) RequireReference<TestType>(n, k, TestClamp::kNone, seed++);
  }
  for (int k : kSimdSizes) {
    for (TestClamp clamp : kTestClamps) RequireReference<TestType>(10, k, clamp, seed++);
  }
}

TEMPLATE_LIST_TEST_CASE("fully_connected matches the reference on the networks' shapes", "", WeightsTypes) {
  RequireReference<TestType>(1001, 256, TestClamp::kNone, kSeed);
  RequireReference<TestType>(1000, 1024, TestClamp::kNone, kSeed + 1);
  RequireReference<TestType>(965, 1280, TestClamp::kBoth, kSeed + 2);
}

}  // namespace
}  // namespace mobilenet::test::fully_connected_test
