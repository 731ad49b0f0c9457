#include "kernels/copy/copy.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::copy_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kCopyF32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kCopyQu8);
  } else {
    return Supported(kCopyQs8);
  }
}

template <typename T>
struct Copying {
  Copying(Random& random, TestClamp clamp) : layer(random, 1, 1, 1, clamp), scale(random.Float(0.2f, 1.5f)) {}

  auto rule() const {
    if constexpr (kIsFloat<T>) {
      return layer.rule();
    } else {
      return CopyQuantization<T>{layer.input_zero_point, scale, layer.rule().output};
    }
  }

  Expected Output(T value) const {
    if constexpr (kIsFloat<T>) {
      return {std::min(std::max(double{value}, double{layer.min}), double{layer.max})};
    } else {
      return {static_cast<double>(RoundAndClamp(value - layer.input_zero_point, scale,
                                                layer.output_zero_point, layer.min, layer.max))};
    }
  }

  TestLayer<T> layer;  // its clamp and zero points
  float scale;
};

// Every kernel, to a separate place and in place.
template <typename T>
void RequireReference(int pixels, int channels, int input_gap, int output_gap, TestClamp clamp,
                      uint32_t seed) {
  Random random(seed);
  const Copying<T> copying(random, clamp);
  const std::ptrdiff_t input_stride = std::ptrdiff_t{channels} + input_gap;
  const std::ptrdiff_t output_stride = std::ptrdiff_t{channels} + output_gap;
  const std::vector<T> input = random.Rows<T>(pixels, channels, input_stride);
  std::vector<Expected> expected = MarkedExpectation<T>(pixels * output_stride + 3);
  std::vector<Expected> expected_in_place(input.size());
  for (size_t i = 0; i < input.size(); ++i) expected_in_place[i] = {static_cast<double>(kMark<T>)};
  std::vector<T> marked = MarkedOutput<T>(static_cast<std::ptrdiff_t>(input.size()));
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < channels; ++c) {
      const auto from = static_cast<size_t>(p * input_stride + c);
      expected_in_place[from] = copying.Output(input[from]);
      expected[static_cast<size_t>(p * output_stride + c)] = expected_in_place[from];
      marked[from] = input[from];
    }
  }
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << pixels << " pixels, " << channels << " channels, strides " << input_stride
                     << " and " << output_stride << ", seed " << seed);
    std::vector<T> output = MarkedOutput<T>(pixels * output_stride + 3);
    kernel.function(pixels, channels, input.data(), input_stride, output.data(), output_stride,
                    copying.rule());
    REQUIRE(Mismatch(output, expected) == "");
    std::vector<T> in_place = marked;
    kernel.function(pixels, channels, in_place.data(), input_stride, in_place.data(), input_stride,
                    copying.rule());
    REQUIRE(Mismatch(in_place, expected_in_place) == "");
  }
}

TEMPLATE_TEST_CASE("copy matches the reference, in place too", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (TestClamp clamp : kTestClamps) RequireReference<TestType>(1, channels, 0, 0, clamp, seed++);
  }
}

TEMPLATE_TEST_CASE("copy reads and writes ranges of channels of wider maps", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int pixels : {1, 2, 7}) {
    for (int channels : kFewSimdSizes) {
      for (int input_gap : {0, 5}) {
        for (int output_gap : {0, 1, 16}) {
          RequireReference<TestType>(pixels, channels, input_gap, output_gap, TestClamp::kBoth, seed++);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("copy changes no value where the quantisation stays", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  std::vector<TestType> values;
  for (int i = Limits::min(); i <= Limits::max(); ++i) values.push_back(static_cast<TestType>(i));
  for (const auto& kernel : Kernels<TestType>()) {
    for (TestType zero_point : {Limits::min(), TestType{3}, Limits::max()}) {
      INFO(kernel.name << ", zero point " << +zero_point);
      std::vector<TestType> output = MarkedOutput<TestType>(256);
      kernel.function(
          1, 256, values.data(), 256, output.data(), 256,
          {zero_point, RescaleFactor(0.037f, 0.037f), {zero_point, Limits::min(), Limits::max()}});
      REQUIRE(output == values);
    }
  }
}

}  // namespace
}  // namespace mobilenet::test::copy_test
