#include "kernels/common/requantize.h"

#include <limits>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

#if MOBILENET_HAVE_NEON
#include "kernels/common/requantize_neon.h"
#endif

namespace mobilenet::test {
namespace {

template <typename T>
QuantizedOutput<T> Output(int zero_point) {
  return {zero_point, std::numeric_limits<T>::min(), std::numeric_limits<T>::max()};
}

TEST_CASE("requantisation rounds to nearest, ties to even") {
  const QuantizedOutput<int8_t> s8 = Output<int8_t>(0);
  const std::pair<int, int> halves[] = {{0, 0}, {1, 0},  {2, 1},   {3, 2},   {4, 2},   {5, 2},   {6, 3},
                                        {7, 4}, {-1, 0}, {-2, -1}, {-3, -2}, {-4, -2}, {-5, -2}, {-7, -4}};
  for (const auto& [twice, expected] : halves) {
    INFO(twice << " / 2");
    REQUIRE(Requantize(twice, 0.5f, s8) == expected);
    // The tie is broken before the zero point is added: an odd one does not turn it round.
    REQUIRE(Requantize(twice, 0.5f, Output<int8_t>(17)) == expected + 17);
    REQUIRE(Requantize(twice, 0.5f, Output<uint8_t>(101)) == expected + 101);
  }
  REQUIRE(Requantize(5, 0.49999997f, s8) == 2);
  REQUIRE(Requantize(5, 0.50000006f, s8) == 3);
}

TEST_CASE("requantisation saturates") {
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
  for (float scale : {1.0f, 255.0f, 1e30f, std::numeric_limits<float>::infinity()}) {
    INFO("scale " << scale);
    REQUIRE(Requantize(kMax, scale, Output<int8_t>(-128)) == 127);
    REQUIRE(Requantize(kMin, scale, Output<int8_t>(127)) == -128);
    REQUIRE(Requantize(kMax, scale, Output<uint8_t>(0)) == 255);
    REQUIRE(Requantize(kMin, scale, Output<uint8_t>(255)) == 0);
  }
  REQUIRE(Requantize(127, 1.0f, Output<int8_t>(0)) == 127);
  REQUIRE(Requantize(128, 1.0f, Output<int8_t>(0)) == 127);
  REQUIRE(Requantize(-128, 1.0f, Output<int8_t>(0)) == -128);
  REQUIRE(Requantize(-129, 1.0f, Output<int8_t>(0)) == -128);
  REQUIRE(Requantize(100, 1.0f, QuantizedOutput<uint8_t>(10, 20, 90)) == 90);
  REQUIRE(Requantize(5, 1.0f, QuantizedOutput<uint8_t>(10, 20, 90)) == 20);
  // 0 * infinity
  REQUIRE(Requantize(0, std::numeric_limits<float>::infinity(), QuantizedOutput<uint8_t>(10, 20, 90)) == 20);
}

TEMPLATE_TEST_CASE("requantisation is a float product rounded once", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  Random random(kSeed);
  for (int i = 0; i < 200'000; ++i) {
    const int bits = random.Int(1, 31);
    const int accumulator = random.Int(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
    // Powers of two, where ties are frequent, and others, such that all outputs occur.
    const float power = std::ldexp(1.0f, random.Int(6, 9) - bits);
    const float scale = i % 2 == 0 ? power : power * random.Float(0.5f, 1.0f);
    const TestType zero_point = random.Value<TestType>();
    const int actual = Requantize(accumulator, scale, Output<TestType>(zero_point));
    const int expected = RoundAndClamp(accumulator, scale, zero_point, Limits::min(), Limits::max());
    if (actual != expected) {
      FAIL("accumulator " << accumulator << ", scale " << scale << ", zero point " << +zero_point << ", seed "
                          << kSeed << ", index " << i << ": " << actual << ", expected " << expected);
    }
  }
  SUCCEED();
}

#if MOBILENET_HAVE_NEON
// Both vector forms on 8 accumulators, each with its own scale.
template <typename T>
void RequireScalar(const int32_t (&accumulators)[8], const float (&scales)[8],
                   const QuantizedOutput<T>& output) {
  const RequantizeNeon neon(output);
  const int32x4_t low = vld1q_s32(accumulators);
  const int32x4_t high = vld1q_s32(accumulators + 4);
  const float32x4_t scales_low = vld1q_f32(scales);
  const float32x4_t scales_high = vld1q_f32(scales + 4);
  int32_t fours[8];
  vst1q_s32(fours, Requantize(low, scales_low, neon));
  vst1q_s32(fours + 4, Requantize(high, scales_high, neon));
  int16_t eights[8];
  vst1q_s16(eights, Requantize(low, high, scales_low, scales_high, neon));
  for (int i = 0; i < 8; ++i) {
    const int expected = Requantize(accumulators[i], scales[i], output);
    if (fours[i] != expected || eights[i] != expected) {
      FAIL("accumulator " << accumulators[i] << ", scale " << scales[i] << ", zero point "
                          << output.zero_point << ": " << fours[i] << " of four, " << eights[i]
                          << " of eight, expected " << expected);
    }
  }
}

TEMPLATE_TEST_CASE("requantisation with NEON equals the scalar one", "", uint8_t, int8_t) {
  using Limits = std::numeric_limits<TestType>;
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
  const int32_t special[] = {0,        1,       -1,   2,        3,    5,        -3,      -5,
                             127,      128,     -128, -129,     255,  256,      8388609, -8388609,
                             16777217, 1 << 22, kMax, kMax - 1, kMin, kMin + 1, 1000,    -1000};
  const float scales[] = {0.0f, 0.5f,  0.49999997f, 0.50000006f, 1.0f,
                          3.5f, 1e-9f, 1e30f,       kInfinity,   std::numeric_limits<float>::quiet_NaN()};
  for (int zero_point : {int{Limits::min()}, 0, 17, int{Limits::max()}}) {
    for (const auto& output : {QuantizedOutput<TestType>(zero_point, Limits::min(), Limits::max()),
                               QuantizedOutput<TestType>(zero_point, 10, 90)}) {
      for (int32_t accumulator : special) {
        for (float scale : scales) {
          RequireScalar({accumulator, 1, accumulator, -7, 3, accumulator, 100, accumulator},
                        {scale, 0.5f, -scale, scale, 1.0f, scale, 2.0f, 0.5f}, output);
        }
      }
    }
  }
  Random random(kSeed);
  for (int i = 0; i < 20'000; ++i) {
    int32_t accumulators[8];
    float random_scales[8];
    for (int j = 0; j < 8; ++j) {
      const int bits = random.Int(1, 31);
      accumulators[j] = random.Int(-(1 << (bits - 1)), (1 << (bits - 1)) - 1);
      // Powers of two, where ties are frequent, and others.
      const float power = std::ldexp(1.0f, random.Int(6, 9) - bits);
      random_scales[j] = j % 2 == 0 ? power : power * random.Float(0.5f, 1.0f);
    }
    RequireScalar(accumulators, random_scales, Output<TestType>(random.Value<TestType>()));
  }
  SUCCEED();
}
#endif

TEST_CASE("the scale is computed in float, from left to right") {
  Random random(kSeed);
  int order_matters = 0;
  for (int i = 0; i < 1000; ++i) {
    const float input = random.Float(0.001f, 0.1f);
    const float weights = random.Float(0.001f, 0.1f);
    const float output = random.Float(0.001f, 0.1f);
    const volatile float product = input * weights;
    const volatile float expected = product / output;
    REQUIRE(RequantizationScale(input, weights, output) == expected);
    const volatile float quotient = weights / output;
    order_matters += input * quotient != expected;
  }
  REQUIRE(order_matters > 100);  // the test tells them apart
}

TEST_CASE("a bias is added modulo 2^32") {
  constexpr int32_t kMax = std::numeric_limits<int32_t>::max();
  constexpr int32_t kMin = std::numeric_limits<int32_t>::min();
  REQUIRE(AddWrapping(2, -3) == -1);
  REQUIRE(AddWrapping(kMax, 1) == kMin);
  REQUIRE(AddWrapping(kMin, -1) == kMax);
  REQUIRE(AddWrapping(kMin, kMax) == -1);
}

}  // namespace
}  // namespace mobilenet::test
