#include "kernels/conv3x3/conv3x3.h"

#include "test/kernels/conv_checks.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

struct Op {
  static constexpr bool kIsDepthwise = false;

  template <typename T>
  static auto Kernels() {
    if constexpr (kIsFloat<T>) {
      return Supported(kConv3x3F32);
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return Supported(kConv3x3Qu8);
    } else {
      return Supported(kConv3x3Qs8);
    }
  }

  template <typename T>
  static TestLayer<T> RandomLayer(Random& random, const ConvGeometry& g, TestClamp clamp) {
    const int k = 9 * g.input_channels;
    return TestLayer<T>(random, g.output_channels, k, std::ptrdiff_t{g.output_channels} * k, clamp);
  }

  template <typename T>
  static std::vector<float> Pack(const ConvGeometry& g, const TestLayer<T>& layer, PackTile tile) {
    const int n = g.output_channels;
    const int channels = g.input_channels;
    if constexpr (kIsFloat<T>) {
      std::vector<float> packed(PackedBytesConv3x3F32(n, channels, tile) / sizeof(float));
      PackConv3x3F32(n, channels, layer.weights.data(), layer.bias.data(), tile, packed.data());
      return packed;
    } else {
      std::vector<float> packed(PackedBytesConv3x3Q8(n, channels, tile) / sizeof(float));
      PackConv3x3Q8<T>(n, channels, layer.weights.data(), layer.bias.data(), layer.scales.data(),
                       layer.weights_zero_point, layer.input_zero_point, tile, packed.data());
      return packed;
    }
  }
};

TEMPLATE_TEST_CASE("conv3x3 matches the reference", "", float, uint8_t, int8_t) {
  RequireConvOfAllChannels<Op, TestType>();
}

TEMPLATE_TEST_CASE("conv3x3 matches the reference at every border", "", float, uint8_t, int8_t) {
  RequireConvAtEveryBorder<Op, TestType>();
}

TEMPLATE_TEST_CASE("conv3x3 computes the same in ranges and strips of rows", "", float, uint8_t, int8_t) {
  RequireSameInRangesAndStrips<Op, TestType>();
}

TEMPLATE_TEST_CASE("conv3x3 of extreme values does not overflow", "", uint8_t, int8_t) {
  RequireNoOverflow<Op, TestType>();
}

}  // namespace
}  // namespace mobilenet::test
