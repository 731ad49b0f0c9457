#include "kernels/add/add.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {
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

TEMPLATE_TEST_CASE("add matches the reference, in place too", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int n : kSimdSizes) {
    for (TestClamp clamp : kTestClamps) {
      Random random(seed);
      const Addition<TestType> addition(random, clamp);
      const std::vector<TestType> a = random.Values<TestType>(n);
      const std::vector<TestType> b = random.Values<TestType>(n);
      std::vector<Expected> expected = MarkedExpectation<TestType>(n + 3);
      for (size_t i = 0; i < a.size(); ++i) expected[i] = addition.Output(a[i], b[i]);
      for (const auto& kernel : Kernels<TestType>()) {
        INFO(kernel.name << ", " << n << " elements, seed " << seed);
        std::vector<TestType> output = MarkedOutput<TestType>(n + 3);
        kernel.function(n, a.data(), b.data(), output.data(), addition.rule());
        REQUIRE(Mismatch(output, expected) == "");
        for (bool is_first : {false, true}) {
          std::vector<TestType> in_place = MarkedOutput<TestType>(n + 3);
          std::copy_n((is_first ? a : b).begin(), n, in_place.begin());
          kernel.function(n, is_first ? in_place.data() : a.data(), is_first ? b.data() : in_place.data(),
                          in_place.data(), addition.rule());
          REQUIRE(Mismatch(in_place, expected) == "");
        }
      }
      ++seed;
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
    kernel.function(80, a.data(), b.data(), output.data(), quantization);  // i + 1/2
    for (int i = -40; i < 40; ++i) {
      INFO("sum " << i << ".5");
      REQUIRE(output[static_cast<size_t>(i + 40)] - kZero == (i % 2 == 0 ? i : i + 1));
    }
  }
}

}  // namespace
}  // namespace mobilenet::test
