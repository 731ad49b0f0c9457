#include "kernels/max_pool/max_pool.h"

#include <limits>

#include "test/kernels/pool_checks.h"

namespace mobilenet::test::max_pool_test {
namespace {

template <typename T>
struct MaxOp {
  MaxOp(Random&, TestClamp) {}

  static auto Kernels() {
    if constexpr (kIsFloat<T>) {
      return Supported(kMaxPoolF32);
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return Supported(kMaxPoolQu8);
    } else {
      return Supported(kMaxPoolQs8);
    }
  }
  static void Run(const auto& kernel, const ConvGeometry& g, int begin, int end, const T* input, T* output) {
    kernel.function(g, begin, end, input, output);
  }
  static Expected Output(const std::vector<T>& values) {
    return {static_cast<double>(*std::max_element(values.begin(), values.end()))};
  }
};

TEMPLATE_TEST_CASE("max_pool is the largest value of any number of channels", "", float, uint8_t, int8_t) {
  RequirePoolOfAllChannels<MaxOp, TestType>();
}
TEMPLATE_TEST_CASE("max_pool is the largest value of any window that lies in the input", "", float, uint8_t,
                   int8_t) {
  RequirePoolOfAnyWindow<MaxOp, TestType>();
}
TEMPLATE_TEST_CASE("max_pool reads and writes ranges of channels of wider maps", "", float, uint8_t, int8_t) {
  RequirePoolOfRangesOfChannels<MaxOp, TestType>();
}
TEMPLATE_TEST_CASE("max_pool takes windows as large as they can be", "", float, uint8_t, int8_t) {
  RequirePoolOfLargeWindows<MaxOp, TestType>();
}

// Padding is not a zero: the largest of negative values is one of them.
TEST_CASE("max_pool of negative values is negative at the borders, too") {
  const ConvGeometry g = MakeGeometry(4, 4, 5, 5, {3, 3, 2}, {1, 1, 1, 1});
  const std::vector<float> input(4 * 4 * 5 + 4, -2.5f);
  for (const auto& kernel : MaxOp<float>::Kernels()) {
    INFO(kernel.name);
    std::vector<float> output = MarkedOutput<float>(OutputSize(g));
    kernel.function(g, 0, g.output_height, input.data(), output.data());
    REQUIRE(output == std::vector<float>(output.size(), -2.5f));
  }
}

TEST_CASE("NaN counts for nothing in a max_pool, wherever it lies") {
  constexpr int kChannels = 7;
  const ConvGeometry g = MakeGeometry(2, 2, kChannels, kChannels, {2, 2, 1}, {});
  for (size_t nan_pixel = 0; nan_pixel < 4; ++nan_pixel) {
    std::vector<float> input;
    for (size_t pixel = 0; pixel < 4; ++pixel) {
      for (int c = 0; c < kChannels; ++c) {
        input.push_back(pixel == nan_pixel ? std::numeric_limits<float>::quiet_NaN()
                                           : static_cast<float>(pixel));
      }
    }
    input.resize(input.size() + 4);
    for (const auto& kernel : MaxOp<float>::Kernels()) {
      INFO(kernel.name << ", pixel " << nan_pixel);
      std::vector<float> output = MarkedOutput<float>(OutputSize(g));
      kernel.function(g, 0, 1, input.data(), output.data());
      REQUIRE(output == std::vector<float>(kChannels, nan_pixel == 3 ? 2.0f : 3.0f));
    }
  }
}

}  // namespace
}  // namespace mobilenet::test::max_pool_test
