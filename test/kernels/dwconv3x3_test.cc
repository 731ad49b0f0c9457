#include "kernels/dwconv3x3/dwconv3x3.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kDwconv3x3F32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kDwconv3x3Qu8);
  } else {
    return Supported(kDwconv3x3Qs8);
  }
}

template <typename T>
TestLayer<T> RandomLayer(Random& random, const ConvGeometry& g, TestClamp clamp) {
  return TestLayer<T>(random, g.output_channels, 9, std::ptrdiff_t{9} * g.output_channels, clamp);
}

// Exactly as large as asked for, so that AddressSanitizer sees what is read or written beyond.
template <typename T>
std::vector<float> Pack(const ConvGeometry& g, const TestLayer<T>& layer, PackTile tile) {
  const int channels = g.output_channels;
  if constexpr (kIsFloat<T>) {
    std::vector<float> packed(PackedBytesDwconv3x3F32(channels, tile) / sizeof(float));
    PackDwconv3x3F32(channels, layer.weights.data(), layer.bias.data(), tile, packed.data());
    return packed;
  } else {
    std::vector<float> packed(PackedBytesDwconv3x3Q8(channels, tile) / sizeof(float));
    PackDwconv3x3Q8<T>(channels, layer.weights.data(), layer.bias.data(), layer.scales.data(),
                       layer.weights_zero_point, layer.input_zero_point, tile, packed.data());
    return packed;
  }
}

// Runs every kernel over `g` and requires what the reference says.
template <typename T>
void RequireReference(const ConvGeometry& g, TestClamp clamp, uint32_t seed) {
  Random random(seed);
  const TestLayer<T> layer = RandomLayer<T>(random, g, clamp);
  const std::vector<T> input = RandomInput<T>(random, g);
  const std::vector<Expected> expected = ReferenceConv(g, true, input, layer);
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
    const std::vector<float> packed = Pack(g, layer, kernel.tile);
    std::vector<T> output = MarkedOutput<T>(OutputSize(g));
    kernel.function(g, 0, g.output_height, input.data(), packed.data(), output.data(), layer.rule());
    REQUIRE(Mismatch(output, expected) == "");
  }
}

TEMPLATE_TEST_CASE("dwconv3x3 matches the reference", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (int stride : {1, 2}) {
      for (TestClamp clamp : kTestClamps) {
        const ConvGeometry g =
            MakeGeometry(6, 9, channels, channels, stride, SamePaddingOf(6, 9, stride), {});
        RequireReference<TestType>(g, clamp, seed++);
      }
    }
  }
}

TEMPLATE_TEST_CASE("dwconv3x3 matches the reference at every border", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int height : {1, 2, 3, 4, 7}) {
    for (int width : {1, 2, 3, 8, 11}) {
      for (int stride : {1, 2}) {
        for (int channels : {1, 8, 13}) {
          const ConvGeometry g =
              MakeGeometry(height, width, channels, channels, stride, SamePaddingOf(height, width, stride),
                           {.input = 5, .output = 7});
          RequireReference<TestType>(g, TestClamp::kBoth, seed++);
        }
      }
    }
  }
  for (int top : {0, 1, 2}) {
    for (int left : {0, 1, 2}) {
      for (int bottom : {0, 1, 2}) {
        for (int right : {0, 1, 2}) {
          const ConvGeometry g = MakeGeometry(5, 4, 19, 19, 1 + (top + left + bottom + right) % 2,
                                              {top, left, bottom, right}, {.input = 1, .output = 1});
          RequireReference<TestType>(g, TestClamp::kNone, seed++);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("dwconv3x3 computes the same in ranges and strips of rows", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int stride : {1, 2}) {
    const ConvGeometry g = MakeGeometry(11, 13, 20, 20, stride, SamePaddingOf(11, 13, stride), {});
    Random random(seed);
    const TestLayer<TestType> layer = RandomLayer<TestType>(random, g, TestClamp::kBoth);
    const std::vector<TestType> input = RandomInput<TestType>(random, g);
    for (const auto& kernel : Kernels<TestType>()) {
      INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
      const std::vector<float> packed = Pack(g, layer, kernel.tile);
      std::vector<TestType> whole = MarkedOutput<TestType>(OutputSize(g));
      kernel.function(g, 0, g.output_height, input.data(), packed.data(), whole.data(), layer.rule());
      for (int rows : {1, 2, 3, 5}) {
        INFO(rows << " rows at a time");
        std::vector<TestType> strips = MarkedOutput<TestType>(OutputSize(g));
        for (int begin = 0; begin < g.output_height; begin += rows) {
          const int end = std::min(g.output_height, begin + rows);
          // A range writes its rows and no others.
          std::vector<TestType> expected = MarkedOutput<TestType>(OutputSize(g));
          std::copy(whole.begin() + begin * g.output_row_stride, whole.begin() + end * g.output_row_stride,
                    expected.begin() + begin * g.output_row_stride);
          std::vector<TestType> range = MarkedOutput<TestType>(OutputSize(g));
          kernel.function(g, begin, end, input.data(), packed.data(), range.data(), layer.rule());
          REQUIRE(Mismatch(range, expected) == "");

          const StripOf strip(g, begin, end);
          kernel.function(strip.geometry, 0, end - begin, input.data() + strip.input_offset, packed.data(),
                          strips.data() + begin * g.output_row_stride, layer.rule());
        }
        REQUIRE(Mismatch(strips, whole) == "");
      }
    }
    ++seed;
  }
}

}  // namespace
}  // namespace mobilenet::test
