// Conversions against class Half, whose own test is half_test.cc: the same bits from every kernel.
#include "kernels/convert/convert.h"

#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test::convert_test {
namespace {

TEST_CASE("every half float is widened to the same float by every kernel") {
  std::vector<Half> halves;
  for (int bits = 0; bits < 0x10000; ++bits) halves.push_back(Half::FromBits(static_cast<uint16_t>(bits)));
  for (const auto& kernel : Supported(kConvertF16)) {
    std::vector<float> floats(halves.size());
    kernel.function(256, 256, halves.data(), 256, floats.data(), 256);
    for (size_t i = 0; i < halves.size(); ++i) {
      if (std::bit_cast<uint32_t>(floats[i]) == std::bit_cast<uint32_t>(float{halves[i]})) continue;
      FAIL(kernel.name << ": half " << i << " is " << floats[i]);
    }
  }
}

TEST_CASE("floats are rounded to the same half float by every kernel") {
  // Around every half float, in the middle between two, and any floats, the subnormal ones and NaN among
  // them.
  std::vector<float> floats;
  for (int bits = 0; bits < 0x10000; ++bits) {
    const float value = Half::FromBits(static_cast<uint16_t>(bits));
    const float next = Half::FromBits(static_cast<uint16_t>(bits ^ 1));
    for (const float near : {value, (value + next) / 2}) {
      floats.insert(floats.end(), {near, std::nextafter(near, 1e9f), std::nextafter(near, -1e9f)});
    }
  }
  Random random(kSeed);
  while (floats.size() < 0x80000) {
    const auto bits =
        static_cast<uint32_t>(random.Int(0, 0xFFFF)) << 16 | static_cast<uint32_t>(random.Int(0, 0xFFFF));
    floats.push_back(std::bit_cast<float>(bits));
  }
  for (const auto& kernel : Supported(kConvertF32)) {
    std::vector<Half> halves(floats.size());
    kernel.function(static_cast<int>(floats.size() / 64), 64, floats.data(), 64, halves.data(), 64);
    for (size_t i = 0; i < floats.size(); ++i) {
      if (halves[i].bits() == Half(floats[i]).bits()) continue;
      FAIL(kernel.name << ": " << floats[i] << " (bits " << std::bit_cast<uint32_t>(floats[i])
                       << ") becomes the half " << halves[i].bits());
    }
  }
}

template <typename From, typename To, size_t kEntries>
void RequireRanges(const KernelEntry<Convert<From, To>> (&list)[kEntries]) {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (int gap : {0, 1, 9}) {
      constexpr int kPixels = 3;
      Random random(seed++);
      const std::ptrdiff_t input_stride = channels + gap;
      const std::ptrdiff_t output_stride = channels + 2 * gap;
      const auto input = random.Rows<From>(kPixels, channels, input_stride);
      std::vector<Expected> expected = MarkedExpectation<To>(kPixels * output_stride);
      for (int p = 0; p < kPixels; ++p) {
        for (int c = 0; c < channels; ++c) {
          const To value(input[static_cast<size_t>(p * input_stride + c)]);
          expected[static_cast<size_t>(p * output_stride + c)].value = static_cast<double>(value);
        }
      }
      for (const auto& kernel : Supported(list)) {
        INFO(kernel.name << ", " << channels << " channels, gap " << gap << ", seed " << seed - 1);
        std::vector<To> output = MarkedOutput<To>(kPixels * output_stride);
        kernel.function(kPixels, channels, input.data(), input_stride, output.data(), output_stride);
        REQUIRE(Mismatch(output, expected) == "");
      }
    }
  }
}

TEST_CASE("conversions read and write ranges of channels of wider maps") {
  RequireRanges(kConvertF16);
  RequireRanges(kConvertF32);
}

}  // namespace
}  // namespace mobilenet::test::convert_test
