#include "kernels/tanh/tanh.h"

#include <bit>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::tanh_test {
namespace {

// Written with the exponential, which loses nothing far from 0; near 0 the first terms of the series.
double Reference(double x) {
  if (std::abs(x) < 1e-3) return x - x * x * x / 3;
  const double e = std::exp(-2 * std::abs(x));
  return std::copysign((1 - e) / (1 + e), x);
}

TEST_CASE("tanh matches the reference value by value, in place too") {
  Random random(kSeed);
  for (int n : kSimdSizes) {
    for (float scale : {1e-4f, 0.1f, 1.0f, 12.0f}) {
      std::vector<float> input = random.Values<float>(n);
      for (float& value : input) value *= scale;
      std::vector<Expected> expected;
      for (float value : input) {
        const double result = Reference(double{value});
        expected.push_back({result, double{std::numeric_limits<float>::epsilon()} * std::abs(result)});
      }
      for (const auto& kernel : Supported(kTanhF32)) {
        INFO(kernel.name << ", " << n << " values, scale " << scale);
        std::vector<float> output = MarkedOutput<float>(n);
        kernel.function(n, input.data(), output.data());
        REQUIRE(Mismatch(output, expected) == "");
        std::vector<float> in_place = input;
        kernel.function(n, in_place.data(), in_place.data());
        REQUIRE(in_place == output);
      }
    }
  }
}

TEST_CASE("tanh of huge values is 1 or -1, of 0 zero, and of no number none") {
  const float infinity = std::numeric_limits<float>::infinity();
  const std::vector<float> input = {3e38f, -3e38f, infinity, -infinity,
                                    0.0f,  20.0f,  -20.0f,   std::numeric_limits<float>::quiet_NaN()};
  for (const auto& kernel : Supported(kTanhF32)) {
    INFO(kernel.name);
    std::vector<float> output(input.size());
    kernel.function(static_cast<int>(input.size()), input.data(), output.data());
    CHECK(std::vector<float>(output.begin(), output.end() - 1) == std::vector<float>{1, -1, 1, -1, 0, 1, -1});
    CHECK(std::isnan(output.back()));
  }
}

// FNV-1a, 32 bits.
TEST_CASE("tanh is the same bit for bit on every machine") {
  std::vector<float> input;
  for (int i = -2000; i <= 2000; ++i) input.push_back(static_cast<float>(i) / 256);
  for (const auto& kernel : Supported(kTanhF32)) {
    std::vector<float> output(input.size());
    kernel.function(static_cast<int>(input.size()), input.data(), output.data());
    uint32_t hash = 2166136261;
    for (float value : output) hash = (hash ^ std::bit_cast<uint32_t>(value)) * 16777619;
    INFO(kernel.name);
    CHECK(hash == 0xAAFA39C7);
  }
}

}  // namespace
}  // namespace mobilenet::test::tanh_test
