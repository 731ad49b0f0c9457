#include "kernels/softmax/softmax.h"

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::softmax_test {
namespace {

template <typename T>
auto Kernels() {
  if constexpr (kIsFloat<T>) {
    return Supported(kSoftmaxF32);
  } else if constexpr (std::is_same_v<T, uint8_t>) {
    return Supported(kSoftmaxQu8);
  } else {
    return Supported(kSoftmaxQs8);
  }
}

template <typename T, typename Kernel>
std::vector<float> Run(const Kernel& kernel, const std::vector<T>& logits, float scale) {
  std::vector<float> scores = MarkedOutput<float>(static_cast<std::ptrdiff_t>(logits.size()));
  if constexpr (kIsFloat<T>) {
    static_cast<void>(scale);
    kernel.function(static_cast<int>(logits.size()), logits.data(), scores.data());
  } else {
    kernel.function(static_cast<int>(logits.size()), logits.data(), scale, scores.data());
  }
  return scores;
}

template <typename T>
void RequireReference(const std::vector<T>& logits, float scale) {
  constexpr double kEpsilon = std::numeric_limits<float>::epsilon();
  const double maximum = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (T logit : logits) sum += std::exp(scale * (logit - maximum));
  std::vector<Expected> expected;
  for (T logit : logits) {
    const double exponent = scale * (logit - maximum);
    const double score = std::exp(exponent) / sum;
    // An exponent off by an epsilon of itself is a factor of 1 + |exponent| * epsilon; the sum of such terms
    // is no further off than that of the largest exponents that matter, and each of exp, reciprocal and
    // product adds one.
    const double bound = (std::min(std::abs(exponent), 104.0) + 8) * kEpsilon * score;
    expected.push_back({score, bound + double{std::numeric_limits<float>::min()}});
  }
  for (const auto& kernel : Kernels<T>()) {
    INFO(kernel.name << ", " << logits.size() << " classes, scale " << scale);
    const std::vector<float> scores = Run(kernel, logits, scale);
    REQUIRE(Mismatch(scores, expected) == "");
    double total = 0;
    for (float score : scores) total += score;
    REQUIRE(std::abs(total - 1) <= 4 * kEpsilon);
  }
}

TEMPLATE_TEST_CASE("softmax matches the reference and sums to 1", "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int classes : {1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 965, 1000, 1001}) {
    for (float scale : {0.01f, 0.1f, 1.0f}) {
      Random random(seed);
      std::vector<TestType> logits = random.Values<TestType>(classes);
      if constexpr (kIsFloat<TestType>) {
        for (float& logit : logits) logit *= 30 * scale;
      }
      INFO("seed " << seed++);
      RequireReference(logits, kIsFloat<TestType> ? 1.0f : scale);
    }
  }
}

TEST_CASE("softmax of huge and of equal logits") {
  RequireReference<float>({3e38f, -3e38f, 0}, 1);
  RequireReference<float>({1e4f, 9999, 9998, -1e4f}, 1);
  RequireReference<float>({-1e30f, -1e30f, -1e30f, -1e30f, -1e30f}, 1);
  RequireReference<int8_t>({-128, 127, 126}, 1e3f);
  RequireReference<uint8_t>({255, 255, 0, 255}, 1e30f);
  RequireReference<uint8_t>(std::vector<uint8_t>(1001, 7), 0.1f);
}

TEST_CASE("softmax f32 works in place") {
  Random random(kSeed);
  const std::vector<float> logits = random.Values<float>(1001);
  for (const auto& kernel : Kernels<float>()) {
    INFO(kernel.name);
    std::vector<float> in_place = logits;
    kernel.function(1001, in_place.data(), in_place.data());
    REQUIRE(Mismatch(in_place, Run(kernel, logits, 1)) == "");
  }
}

}  // namespace
}  // namespace mobilenet::test::softmax_test
