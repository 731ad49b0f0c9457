#include "kernels/global_avg_pool/global_avg_pool.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::global_avg_pool_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kGlobalAvgPoolF32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kGlobalAvgPoolQu8);
  } else {
    return Supported(kGlobalAvgPoolQs8);
  }
}

template <typename T>
struct Pool {
  Pool(Random& random, TestClamp clamp) : layer(random, 1, 1, 1, clamp) {
    input_scale = random.Float(0.01f, 0.1f);
    output_scale = input_scale * random.Float(0.2f, 1.5f);
  }

  auto rule(int pixels) const {
    if constexpr (kIsFloat<T>) {
      return layer.rule();
    } else {
      return PoolQuantization<T>{layer.input_zero_point,
                                 GlobalAvgPoolScale(input_scale, output_scale, pixels), layer.rule().output};
    }
  }

  Expected Output(int pixels, int channel, const std::vector<T>& input, std::ptrdiff_t pixel_stride) const {
    double sum = 0;
    double magnitude = 0;
    for (int p = 0; p < pixels; ++p) {
      const auto value = static_cast<double>(input[static_cast<size_t>(p * pixel_stride + channel)]);
      sum += value - static_cast<double>(layer.input_zero_point);
      magnitude += std::abs(value);
    }
    if constexpr (kIsFloat<T>) {
      // pixels additions, a division that may be a product with a rounded reciprocal
      const double bound = (pixels + 2) * double{std::numeric_limits<float>::epsilon()} * magnitude / pixels;
      return {std::min(std::max(sum / pixels, double{layer.min}), double{layer.max}), bound};
    } else {
      const volatile float divisor = output_scale * static_cast<float>(pixels);
      const volatile float scale = input_scale / divisor;
      return {static_cast<double>(
          RoundAndClamp(static_cast<int64_t>(sum), scale, layer.output_zero_point, layer.min, layer.max))};
    }
  }

  TestLayer<T> layer;  // its clamp and zero points
  float input_scale;
  float output_scale;
};

template <typename T>
void RequireReference(int pixels, int channels, int gap, TestClamp clamp, uint32_t seed) {
  Random random(seed);
  const Pool<T> pool(random, clamp);
  const std::ptrdiff_t pixel_stride = channels + gap;
  const std::vector<T> input = random.Rows<T>(pixels, channels, pixel_stride);
  std::vector<Expected> expected = MarkedExpectation<T>(channels + 3);
  for (int c = 0; c < channels; ++c) {
    expected[static_cast<size_t>(c)] = pool.Output(pixels, c, input, pixel_stride);
  }
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << pixels << " pixels, " << channels << " channels, pixel stride "
                     << pixel_stride << ", seed " << seed);
    std::vector<T> whole = MarkedOutput<T>(channels + 3);
    kernel.function(pixels, channels, input.data(), pixel_stride, whole.data(), pool.rule(pixels));
    REQUIRE(Mismatch(whole, expected) == "");
    for (int range : {1, 5, 16}) {
      INFO(range << " channels at a time");
      std::vector<T> ranges = MarkedOutput<T>(channels + 3);
      for (int begin = 0; begin < channels; begin += range) {
        kernel.function(pixels, std::min(range, channels - begin), input.data() + begin, pixel_stride,
                        ranges.data() + begin, pool.rule(pixels));
      }
      REQUIRE(Mismatch(ranges, whole) == "");
    }
  }
}

TEMPLATE_TEST_CASE("global_avg_pool matches the reference", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (int pixels : {1, 2, 16, 25, 36, 49})
      RequireReference<TestType>(pixels, channels, 0, TestClamp::kNone, seed++);
  }
  for (int pixels : {3, 4, 7, 8, 9, 64, 196, 4096}) {
    for (TestClamp clamp : kTestClamps) RequireReference<TestType>(pixels, 21, 6, clamp, seed++);
  }
}

TEST_CASE("the scale of global_avg_pool is computed in float, the divisor first") {
  Random random(kSeed);
  for (int i = 0; i < 1000; ++i) {
    const float input_scale = random.Float(0.001f, 0.1f);
    const float output_scale = random.Float(0.001f, 0.1f);
    const volatile float divisor = output_scale * 49;
    const volatile float expected = input_scale / divisor;
    REQUIRE(GlobalAvgPoolScale(input_scale, output_scale, 49) == expected);
  }
}

// With equal quantisation on both sides, as in every published network, the mean of an even number of pixels
// is sometimes a tie: it goes to the even difference from the zero point.
TEMPLATE_TEST_CASE("global_avg_pool rounds ties to even", "", uint8_t, int8_t) {
  for (const auto& kernel : Kernels<TestType>()) {
    for (int pixels : {2, 4, 16, 36, 64}) {
      for (int zero_point : {-5, 0, 3}) {
        for (int difference = -40; difference <= 40; ++difference) {
          const int bias = std::is_signed_v<TestType> ? 0 : 128;
          // Half of the pixels hold one more: the mean is difference + 1/2.
          std::vector<TestType> input(static_cast<size_t>(pixels + 16));
          for (int p = 0; p < pixels; ++p) {
            input[static_cast<size_t>(p)] =
                static_cast<TestType>(zero_point + bias + difference + (p % 2 == 0 ? 1 : 0));
          }
          const auto input_zero_point = static_cast<TestType>(zero_point + bias);
          const PoolQuantization<TestType> quantization = {
              input_zero_point,
              GlobalAvgPoolScale(0.0235f, 0.0235f, pixels),
              {input_zero_point, std::numeric_limits<TestType>::min(), std::numeric_limits<TestType>::max()}};
          TestType output = 0;
          kernel.function(pixels, 1, input.data(), 1, &output, quantization);
          const int even = difference % 2 == 0 ? difference : difference + 1;
          INFO(kernel.name << ", " << pixels << " pixels, mean " << difference << ".5");
          REQUIRE(output - input_zero_point == even);
        }
      }
    }
  }
}

TEMPLATE_TEST_CASE("global_avg_pool saturates and does not overflow", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  constexpr int kPixels = 64 * 64;
  for (const auto& kernel : Kernels<TestType>()) {
    INFO(kernel.name);
    for (const auto& [value, zero_point] :
         {std::pair(Limits::max(), Limits::min()), {Limits::min(), Limits::max()}}) {
      const std::vector<TestType> input(kPixels + 16, value);
      const PoolQuantization<TestType> quantization = {
          zero_point, GlobalAvgPoolScale(2.0f, 1.0f, kPixels), {0, Limits::min(), Limits::max()}};
      TestType output = 1;
      kernel.function(kPixels, 1, input.data(), 1, &output, quantization);
      REQUIRE(+output == (value == Limits::max() ? Limits::max() : Limits::min()));
    }
  }
}

}  // namespace
}  // namespace mobilenet::test::global_avg_pool_test
