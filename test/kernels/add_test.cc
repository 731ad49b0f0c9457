#include "kernels/add/add.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::add_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kAddF32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kAddQu8);
  } else {
    return Supported(kAddQs8);
  }
}

template <typename T>
struct Addition {
  Addition(Random& random, TestClamp clamp) : layer(random, 1, 1, 1, clamp) {
    a_scale = random.Float(0.2f, 1.5f);
    b_scale = random.Float(0.2f, 1.5f);
    b_zero_point = random.Value<T>();
  }

  auto rule() const {
    if constexpr (kIsFloat<T>) {
      return layer.rule();
    } else {
      return AddQuantization<T>{layer.input_zero_point, b_zero_point, a_scale, b_scale, layer.rule().output};
    }
  }

  Expected Output(T a, T b) const {
    if constexpr (kIsFloat<T>) {
      const volatile float sum = a + b;  // one rounding: equal to the bit
      return {std::min(std::max(double{sum}, double{layer.min}), double{layer.max})};
    } else {
      const volatile float product_a = static_cast<float>(a - layer.input_zero_point) * a_scale;
      const volatile float product_b = static_cast<float>(b - b_zero_point) * b_scale;
      const volatile float sum = product_a + product_b;
      const double rounded = std::nearbyint(double{sum}) + layer.output_zero_point;
      return {std::min(std::max(rounded, double(layer.min)), double(layer.max))};
    }
  }

  TestLayer<T> layer;  // its clamp and zero points
  float a_scale;
  float b_scale;
  T b_zero_point;
};

// A map of P x C values with `gap` elements between its pixels, and the mark after its end.
struct TestMap {
  int pixels, channels, gap;
  std::ptrdiff_t stride() const { return std::ptrdiff_t{channels} + gap; }
  std::ptrdiff_t size() const { return pixels * stride() + 3; }
};

// Runs every kernel on maps with such gaps, in a separate place and in that of its operands.
template <typename T>
void RequireReference(const TestMap& map_a, const TestMap& map_b, const TestMap& map_output, TestClamp clamp,
                      uint32_t seed) {
  // clang 14 cannot capture parts of a structured binding.
  const int pixels = map_output.pixels, channels = map_output.channels;
  Random random(seed);
  const Addition<T> addition(random, clamp);
  const std::vector<T> a = random.Rows<T>(pixels, channels, map_a.stride());
  const std::vector<T> b = random.Rows<T>(pixels, channels, map_b.stride());
  const auto expect = [&](std::vector<Expected> expected, std::ptrdiff_t stride) {
    for (int p = 0; p < pixels; ++p) {
      for (int c = 0; c < channels; ++c) {
        expected[static_cast<size_t>(p * stride + c)] = addition.Output(
            a[static_cast<size_t>(p * map_a.stride() + c)], b[static_cast<size_t>(p * map_b.stride() + c)]);
      }
    }
    return expected;
  };
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << pixels << " pixels, " << channels << " channels, strides " << map_a.stride()
                     << ", " << map_b.stride() << ", " << map_output.stride() << ", seed " << seed);
    std::vector<T> output = MarkedOutput<T>(map_output.size());
    kernel.function(pixels, channels, a.data(), map_a.stride(), b.data(), map_b.stride(), output.data(),
                    map_output.stride(), addition.rule());
    REQUIRE(Mismatch(output, expect(MarkedExpectation<T>(map_output.size()), map_output.stride())) == "");
    for (bool is_first : {false, true}) {
      INFO("written over " << (is_first ? "a" : "b"));
      const TestMap& map = is_first ? map_a : map_b;
      std::vector<T> in_place = MarkedOutput<T>(map.size());
      for (int p = 0; p < pixels; ++p) {
        std::copy_n((is_first ? a : b).begin() + p * map.stride(), channels,
                    in_place.begin() + p * map.stride());
      }
      kernel.function(pixels, channels, is_first ? in_place.data() : a.data(), map_a.stride(),
                      is_first ? b.data() : in_place.data(), map_b.stride(), in_place.data(), map.stride(),
                      addition.rule());
      REQUIRE(Mismatch(in_place, expect(MarkedExpectation<T>(map.size()), map.stride())) == "");
    }
  }
}

TEMPLATE_TEST_CASE("add matches the reference, in place too", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (TestClamp clamp : kTestClamps) {
      const TestMap dense = {1, channels, 0};
      RequireReference<TestType>(dense, dense, dense, clamp, seed++);
    }
  }
}

TEMPLATE_TEST_CASE("add reads and writes ranges of channels of wider maps", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int pixels : {1, 2, 7}) {
    for (int channels : kFewSimdSizes) {
      for (int gap_a : {0, 5}) {
        for (int gap_b : {0, 16}) {
          for (int gap_output : {0, 1}) {
            RequireReference<TestType>({pixels, channels, gap_a}, {pixels, channels, gap_b},
                                       {pixels, channels, gap_output}, TestClamp::kBoth, seed++);
          }
        }
      }
    }
  }
}

// ---- TensorFlow Lite's rule, in fixed point: tensorflow/lite/kernels/internal/reference/add.h

// value * multiplier with a multiplier in (0, 1), rounded like gemmlowp: first 31 bits, then a shift.
int32_t MultiplyFixed(int32_t value, double multiplier) {
  int exponent;
  const auto fraction = static_cast<int64_t>(std::llround(std::frexp(multiplier, &exponent) * 2147483648.0));
  const int64_t product = value * fraction;
  int64_t result =
      (product + (product >= 0 ? int64_t{1} << 30 : 1 - (int64_t{1} << 30))) / (int64_t{1} << 31);
  if (exponent > 0) return static_cast<int32_t>(result << exponent);
  const int64_t divisor = int64_t{1} << -exponent;
  const int64_t half = divisor / 2;
  result = (result >= 0 ? result + half : result - half) / divisor;
  return static_cast<int32_t>(result);
}

TEMPLATE_TEST_CASE("add is within a step of TensorFlow Lite's, whatever is added", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  Random random(kSeed);
  std::vector<TestType> a, b;
  for (int i = Limits::min(); i <= Limits::max(); ++i) {
    for (int j = Limits::min(); j <= Limits::max(); ++j) {
      a.push_back(static_cast<TestType>(i));
      b.push_back(static_cast<TestType>(j));
    }
  }
  for (int round = 0; round < 12; ++round) {
    const float a_scale = random.Float(0.02f, 0.4f);
    const float b_scale = random.Float(0.02f, 0.4f);
    const float output_scale = std::max(a_scale, b_scale) * random.Float(0.7f, 1.6f);
    const TestType a_zero_point = random.Value<TestType>();
    const TestType b_zero_point = random.Value<TestType>();
    const TestType output_zero_point = random.Value<TestType>();
    const AddQuantization<TestType> quantization = {a_zero_point,
                                                    b_zero_point,
                                                    RescaleFactor(a_scale, output_scale),
                                                    RescaleFactor(b_scale, output_scale),
                                                    {output_zero_point, Limits::min(), Limits::max()}};
    const double twice_max = 2.0 * double{std::max(a_scale, b_scale)};
    constexpr int kLeftShift = 20;
    for (const auto& kernel : Kernels<TestType>()) {
      std::vector<TestType> output(a.size());
      const int pixels = static_cast<int>(a.size()) / 16;
      kernel.function(pixels, 16, a.data(), 16, b.data(), 16, output.data(), 16, quantization);
      int differ = 0;
      for (size_t i = 0; i < a.size(); ++i) {
        const int32_t scaled_a =
            MultiplyFixed((a[i] - a_zero_point) * (1 << kLeftShift), a_scale / twice_max);
        const int32_t scaled_b =
            MultiplyFixed((b[i] - b_zero_point) * (1 << kLeftShift), b_scale / twice_max);
        const int32_t sum =
            MultiplyFixed(scaled_a + scaled_b, twice_max / ((1 << kLeftShift) * double{output_scale})) +
            output_zero_point;
        const int expected = std::clamp<int>(sum, Limits::min(), Limits::max());
        differ += output[i] != expected;
        if (std::abs(output[i] - expected) > 1) {
          FAIL(kernel.name << ", " << +a[i] << " + " << +b[i] << ": " << +output[i] << ", expected "
                           << expected << ", round " << round);
        }
      }
      INFO(kernel.name << ", round " << round);
      REQUIRE(differ < static_cast<int>(a.size()) / 200);  // sums that are about a half
    }
  }
}

TEMPLATE_TEST_CASE("add rounds ties to even", "", uint8_t, int8_t) {
  for (const auto& kernel : Kernels<TestType>()) {
    INFO(kernel.name);
    constexpr TestType kZero = std::is_signed_v<TestType> ? 0 : 100;
    const AddQuantization<TestType> quantization = {
        kZero,
        kZero,
        0.5f,
        0.5f,
        {kZero, std::numeric_limits<TestType>::min(), std::numeric_limits<TestType>::max()}};
    std::vector<TestType> a, b, output(80);
    for (int i = -40; i < 40; ++i) {
      a.push_back(static_cast<TestType>(kZero + i));
      b.push_back(static_cast<TestType>(kZero + i + 1));
    }
    kernel.function(1, 80, a.data(), 80, b.data(), 80, output.data(), 80, quantization);  // i + 1/2
    for (int i = -40; i < 40; ++i) {
      INFO("sum " << i << ".5");
      REQUIRE(output[static_cast<size_t>(i + 40)] - kZero == (i % 2 == 0 ? i : i + 1));
    }
  }
}

}  // namespace
}  // namespace mobilenet::test::add_test
