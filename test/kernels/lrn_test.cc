#include "kernels/lrn/lrn.h"

#include <bit>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::lrn_test {
namespace {

// ONNX's words: from max(0, c - floor((size - 1) / 2)) to min(C - 1, c + ceil((size - 1) / 2)).
Expected ReferenceLrn(const float* pixel, int channels, int c, const LrnRule& rule) {
  const int begin = std::max(0, c - static_cast<int>(std::floor((rule.size - 1) / 2.0)));
  const int end = std::min(channels - 1, c + static_cast<int>(std::ceil((rule.size - 1) / 2.0)));
  double sum = 0;
  for (int j = begin; j <= end; ++j) sum += double{pixel[j]} * double{pixel[j]};
  const double base = double{rule.k} + double{rule.alpha} / rule.size * sum;
  const double value = double{pixel[c]} / std::pow(base, double{rule.beta});
  // All terms are above 0: the sum of `size` squares, its product and k are off by half an epsilon for each
  // step, the power by beta times as much and its roots, then the quotient.
  const double steps = double{rule.beta} * (rule.size + 4) + 4;
  return {value, steps * double{std::numeric_limits<float>::epsilon()} * std::abs(value)};
}

void RequireReference(int pixels, int channels, int input_gap, int output_gap, const LrnRule& rule,
                      uint32_t seed) {
  Random random(seed);
  const std::ptrdiff_t input_stride = channels + input_gap;
  const std::ptrdiff_t output_stride = channels + output_gap;
  std::vector<float> input = random.Rows<float>(pixels, channels, input_stride);
  for (float& value : input) value *= 30;
  std::vector<Expected> expected = MarkedExpectation<float>(pixels * output_stride + 3);
  for (int p = 0; p < pixels; ++p) {
    for (int c = 0; c < channels; ++c) {
      expected[static_cast<size_t>(p * output_stride + c)] =
          ReferenceLrn(&input[static_cast<size_t>(p * input_stride)], channels, c, rule);
    }
  }
  std::vector<float> scalar;
  for (auto kernels = Supported(kLrnF32); !kernels.empty(); kernels.pop_back()) {  // scalar first
    const auto& kernel = kernels.back();
    INFO(kernel.name << ", " << pixels << " pixels, " << channels << " channels, strides " << input_stride
                     << " and " << output_stride << ", size " << rule.size << ", beta " << rule.beta
                     << ", seed " << seed);
    std::vector<float> output = MarkedOutput<float>(pixels * output_stride + 3);
    kernel.function(pixels, channels, input.data(), input_stride, output.data(), output_stride, rule);
    REQUIRE(Mismatch(output, expected) == "");
    if (scalar.empty()) scalar = output;
    REQUIRE(output == scalar);
  }
}

TEST_CASE("lrn matches the reference in any number of channels") {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (int size : {1, 2, 3, 4, 5, 8, 9}) {
      RequireReference(3, channels, 0, 0, {size, 1e-4f, 0.75f, 2.0f}, seed++);
    }
  }
}

TEST_CASE("lrn matches the reference for every rule, over ranges of channels of wider maps") {
  uint32_t seed = kSeed;
  for (const LrnRule& rule : {LrnRule{5, 1e-4f, 0.75f, 1.0f},
                              {5, 2.0f, 0.75f, 2.0f},
                              {3, 0.5f, 0.5f, 1.0f},
                              {4, 1.0f, 1.0f, 0.1f},
                              {5, 0.0f, 0.75f, 1.0f}}) {
    for (int channels : kFewSimdSizes) {
      for (int input_gap : {0, 5}) {
        for (int output_gap : {0, 3}) RequireReference(4, channels, input_gap, output_gap, rule, seed++);
      }
    }
  }
}

// FNV-1a, 32 bits.
TEST_CASE("lrn is the same bit for bit on every machine") {
  Random random(kSeed);
  std::vector<float> input;
  for (int i = 0; i < 4 * 96; ++i) input.push_back(static_cast<float>(random.Int(-4000, 4000)) / 64);
  input.resize(input.size() + 4);
  for (const auto& kernel : Supported(kLrnF32)) {
    uint32_t hash = 2166136261;
    for (const float beta : {0.75f, 0.6f}) {
      std::vector<float> output(4 * 96);
      kernel.function(4, 96, input.data(), 96, output.data(), 96, {5, 1e-4f, beta, 2.0f});
      for (float value : output) hash = (hash ^ std::bit_cast<uint32_t>(value)) * 16777619;
    }
    INFO(kernel.name);
    CHECK(hash == 0xA46F7CC0);
  }
}

}  // namespace
}  // namespace mobilenet::test::lrn_test
