#include "kernels/pointwise/pointwise.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::pointwise_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (std::is_same_v<T, float>) {
    return Supported(kPointwiseF32);
#if MOBILENET_HAVE_NEONFP16
  } else if constexpr (std::is_same_v<T, Half>) {
    return Supported(kPointwiseF16);
#endif
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kPointwiseQu8);
  } else {
    return Supported(kPointwiseQs8);
  }
}

struct GemmShape {
  int m, n, k;
  int input_gap = 0, output_gap = 0;  // how much further apart pixels are than needed, in elements
  std::ptrdiff_t input_stride() const { return std::ptrdiff_t{k} + input_gap; }
  std::ptrdiff_t output_stride() const { return std::ptrdiff_t{n} + output_gap; }
};

std::string Text(const GemmShape& shape) {
  std::ostringstream text;
  text << "M " << shape.m << ", N " << shape.n << ", K " << shape.k << ", strides " << shape.input_stride()
       << " and " << shape.output_stride();
  return text.str();
}

template <typename T>
TestLayer<T> RandomLayer(Random& random, const GemmShape& shape, TestClamp clamp) {
  return TestLayer<T>(random, shape.n, shape.k, std::ptrdiff_t{shape.n} * shape.k, clamp);
}

// Runs every kernel on `shape` and requires what the reference says.
template <typename T>
void RequireReference(const GemmShape& shape, TestClamp clamp, uint32_t seed) {
  const auto& [m, n, k, input_gap, output_gap] = shape;
  Random random(seed);
  const TestLayer<T> layer = RandomLayer<T>(random, shape, clamp);
  const std::vector<T> input = random.Rows<T>(m, k, shape.input_stride());
  const std::vector<Expected> expected =
      ReferenceGemm(m, n, k, input, shape.input_stride(), layer, shape.output_stride());
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << Text(shape) << ", seed " << seed);
    const std::vector<float> packed = PackTestGemm(n, k, layer, kernel.tile);
    std::vector<T> output = MarkedOutput<T>(m * shape.output_stride());
    kernel.function(m, n, k, input.data(), shape.input_stride(), packed.data(), output.data(),
                    shape.output_stride(), layer.rule());
    REQUIRE(Mismatch(output, expected) == "");
  }
}

TEMPLATE_LIST_TEST_CASE("pointwise matches the reference around every tile", "", WeightsTypes) {
  uint32_t seed = kSeed;
  for (int n : kSimdSizes) {
    for (int k : kFewSimdSizes) RequireReference<TestType>({5, n, k}, TestClamp::kNone, seed++);
  }
  for (int k : kSimdSizes) {
    for (TestClamp clamp : kTestClamps) RequireReference<TestType>({6, 11, k}, clamp, seed++);
  }
  for (int m = 1; m <= 18; ++m) RequireReference<TestType>({m, 17, 9}, TestClamp::kBoth, seed++);
}

TEMPLATE_LIST_TEST_CASE("pointwise matches the reference on large shapes and odd strides", "", WeightsTypes) {
  uint32_t seed = kSeed;
  // More pixels than go over the weights together; many channels, long sums.
  RequireReference<TestType>({131, 24, 32}, TestClamp::kNone, seed++);
  RequireReference<TestType>({65, 70, 128}, TestClamp::kBoth, seed++);
  RequireReference<TestType>({9, 130, 1024}, TestClamp::kNone, seed++);
  RequireReference<TestType>({7, 3, 4099}, TestClamp::kNone, seed++);
  // More weights than a panel of channels of the NEON kernels has, 128 KB, and not a multiple of it.
  RequireReference<TestType>({3, sizeof(TestType) == 4 ? 75 : 139, 1100}, TestClamp::kBoth, seed++);
  for (int gap : {1, 5, 64}) {
    RequireReference<TestType>({7, 19, 13, gap, 0}, TestClamp::kNone, seed++);
    RequireReference<TestType>({7, 19, 13, 0, gap}, TestClamp::kNone, seed++);
    RequireReference<TestType>({7, 16, 16, gap, gap}, TestClamp::kBoth, seed++);
  }
}

TEMPLATE_LIST_TEST_CASE("pointwise computes the same in ranges of pixels and panels of channels", "",
                        WeightsTypes) {
  const GemmShape shape = {77, 70, 37};
  const auto& [m, n, k, input_gap, output_gap] = shape;
  Random random(kSeed);
  const TestLayer<TestType> layer = RandomLayer<TestType>(random, shape, TestClamp::kBoth);
  const std::vector<TestType> input = random.Rows<TestType>(m, k, k);
  for (const auto& kernel : Kernels<TestType>()) {
    INFO(kernel.name << ", " << Text(shape) << ", seed " << kSeed);
    const std::vector<float> packed = PackTestGemm(n, k, layer, kernel.tile);
    std::vector<TestType> whole = MarkedOutput<TestType>(m * n);
    kernel.function(m, n, k, input.data(), k, packed.data(), whole.data(), n, layer.rule());
    for (int pixels : {1, 2, 3, 5, 39}) {
      INFO(pixels << " pixels at a time");
      std::vector<TestType> ranges = MarkedOutput<TestType>(m * n);
      for (int begin = 0; begin < m; begin += pixels) {
        kernel.function(std::min(pixels, m - begin), n, k, input.data() + begin * k, k, packed.data(),
                        ranges.data() + begin * n, n, layer.rule());
      }
      REQUIRE(Mismatch(ranges, whole) == "");
    }
    const size_t block_floats = PackedBlockFloats<TestType>(k, kernel.tile);
    for (int blocks : {1, 2, 3}) {
      INFO(blocks << " blocks of channels at a time");
      const int channels = blocks * kernel.tile.nr;
      std::vector<TestType> panels = MarkedOutput<TestType>(m * n);
      for (int begin = 0; begin < n; begin += channels) {
        kernel.function(m, std::min(channels, n - begin), k, input.data(), k,
                        packed.data() + static_cast<size_t>(begin / kernel.tile.nr) * block_floats,
                        panels.data() + begin, n, layer.rule());
      }
      REQUIRE(Mismatch(panels, whole) == "");
    }
  }
}

TEMPLATE_TEST_CASE("pointwise of extreme values does not overflow", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  const GemmShape shape = {5, 9, kMaxGemmK};
  Random random(kSeed);
  TestLayer<TestType> layer = RandomLayer<TestType>(random, shape, TestClamp::kNone);
  layer.scales.assign(layer.scales.size(), 5e-8f);
  layer.bias.assign(layer.bias.size(), 0);
  layer.output_zero_point = 0;
  for (TestType zero_point : {Limits::min(), Limits::max()}) {
    for (TestType value : {Limits::min(), Limits::max()}) {
      for (TestType weight : {TestType(std::is_signed_v<TestType> ? -127 : 0), Limits::max()}) {
        layer.input_zero_point = zero_point;
        if (!std::is_signed_v<TestType>)
          layer.weights_zero_point = static_cast<TestType>(Limits::max() - weight);
        std::fill(layer.weights.begin(), layer.weights.end(), weight);
        const std::vector<TestType> input(static_cast<size_t>(shape.m * shape.k + 16), value);
        const std::vector<Expected> expected =
            ReferenceGemm(shape.m, shape.n, shape.k, input, shape.k, layer, shape.n);
        for (const auto& kernel : Kernels<TestType>()) {
          INFO(kernel.name << ", zero point " << +zero_point << ", value " << +value << ", weight "
                           << +weight);
          const std::vector<float> packed = PackTestGemm(shape.n, shape.k, layer, kernel.tile);
          std::vector<TestType> output = MarkedOutput<TestType>(shape.m * shape.n);
          kernel.function(shape.m, shape.n, shape.k, input.data(), shape.k, packed.data(), output.data(),
                          shape.n, layer.rule());
          REQUIRE(Mismatch(output, expected) == "");
        }
      }
    }
  }
}

}  // namespace
}  // namespace mobilenet::test::pointwise_test
