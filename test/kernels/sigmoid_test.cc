#include "kernels/sigmoid/sigmoid.h"

#include <bit>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::sigmoid_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kSigmoidF32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kSigmoidQu8);
  } else {
    return Supported(kSigmoidQs8);
  }
}

// Scale and zero point are ignored for floats.
template <typename T, typename Kernel>
std::vector<float> Run(const Kernel& kernel, const std::vector<T>& logits, float scale, int zero_point) {
  std::vector<float> scores = MarkedOutput<float>(static_cast<std::ptrdiff_t>(logits.size()));
  if constexpr (kIsFloat<T>) {
    static_cast<void>(scale);
    static_cast<void>(zero_point);
    kernel.function(static_cast<int>(logits.size()), logits.data(), scores.data());
  } else {
    kernel.function(static_cast<int>(logits.size()), logits.data(), scale, zero_point, scores.data());
  }
  return scores;
}

template <typename T>
void RequireReference(const std::vector<T>& logits, float scale, int zero_point) {
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
  std::vector<Expected> expected;
  for (T logit : logits) {
    const double real =
        kIsFloat<T> ? static_cast<double>(logit) : double{scale} * (static_cast<double>(logit) - zero_point);
    const double score = real < 0 ? std::exp(real) / (1 + std::exp(real)) : 1 / (1 + std::exp(-real));
    // A number off by half an epsilon of itself makes a score off by a factor of up to 1 + |real| * epsilon /
    // 2; rounding the score adds half an epsilon.
    const double bound = (kIsFloat<T> ? 1 : std::min(std::abs(real), 104.0) + 1) * kEpsilon / 2 * score;
    expected.push_back({score, bound + double{std::numeric_limits<float>::min()}});
  }
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << logits.size() << " classes, scale " << scale << ", zero point "
                     << zero_point);
    REQUIRE(Mismatch(Run(kernel, logits, scale, zero_point), expected) == "");
  }
}

TEMPLATE_TEST_CASE("sigmoid matches the reference class by class", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int classes : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 965, 1000, 1001}) {
    for (float scale : {0.01f, 0.1f, 1.0f}) {
      Random random(seed);
      std::vector<TestType> logits = random.Values<TestType>(classes);
      if constexpr (kIsFloat<TestType>) {
        for (float& logit : logits) logit *= 30 * scale;
      }
      INFO("seed " << seed++);
      RequireReference(logits, scale, static_cast<int>(random.Value<TestType>()));
    }
  }
}

TEST_CASE("sigmoid of huge logits is 0 or 1, of 0 a half, and of no number none") {
  RequireReference<float>({3e38f, -3e38f, 0, -0.0f, 1e4f, -1e4f, 88, -88}, 1, 0);
  RequireReference<int8_t>({-128, 127, 126, 5}, 1e30f, 5);
  RequireReference<uint8_t>({0, 255, 7}, 1e3f, 7);
  const float infinity = std::numeric_limits<float>::infinity();
  for (const auto& kernel : Kernels<float>()) {
    INFO(kernel.name);
    const std::vector<float> scores =
        Run(kernel, std::vector<float>{infinity, -infinity, std::numeric_limits<float>::quiet_NaN()}, 1, 0);
    CHECK(scores[0] == 1);
    CHECK(scores[1] == 0);
    CHECK(std::isnan(scores[2]));
  }
}

TEST_CASE("sigmoid f32 works in place") {
  Random random(kSeed);
  const std::vector<float> logits = random.Values<float>(1001);
  for (const auto& kernel : Kernels<float>()) {
    INFO(kernel.name);
    std::vector<float> in_place = logits;
    kernel.function(1001, in_place.data(), in_place.data());
    REQUIRE(Mismatch(in_place, Run(kernel, logits, 1, 0)) == "");
  }
}

// FNV-1a, 32 bits, of the scores of all 256 logits at some scales.
template <typename T>
uint32_t HashOfAllScores() {
  std::vector<T> logits;
  for (int i = 0; i < 256; ++i) logits.push_back(static_cast<T>(std::numeric_limits<T>::min() + i));
  uint32_t hash = 2166136261;
  for (float scale : {0.0371f, 0.0625f, 0.1f, 0.29f}) {
    for (float score : Run(Kernels<T>().back(), logits, scale, std::numeric_limits<T>::min() + 110))
      hash = (hash ^ std::bit_cast<uint32_t>(score)) * 16777619;
  }
  return hash;
}

TEST_CASE("sigmoid of quantised logits is the same bit for bit on every machine, in both types") {
  CHECK(HashOfAllScores<uint8_t>() == 0xF8C7CB3C);
  CHECK(HashOfAllScores<int8_t>() == 0xF8C7CB3C);
}

}  // namespace
}  // namespace mobilenet::test::sigmoid_test
