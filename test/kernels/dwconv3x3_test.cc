#include "kernels/dwconv3x3/dwconv3x3.h"

#include "test/kernels/conv_checks.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

struct Op {
  static constexpr bool kIsDepthwise = true;

  template <typename T>
  static auto Kernels() {
    if constexpr (kIsFloat<T>) {
      return Supported(kDwconv3x3F32);
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return Supported(kDwconv3x3Qu8);
    } else {
      return Supported(kDwconv3x3Qs8);
    }
  }

  template <typename T>
  static TestLayer<T> RandomLayer(Random& random, const ConvGeometry& g, TestClamp clamp) {
    return TestLayer<T>(random, g.output_channels, 9, std::ptrdiff_t{9} * g.output_channels, clamp);
  }

  template <typename T>
  static std::vector<float> Pack(const ConvGeometry& g, const TestLayer<T>& layer, PackTile tile) {
    const int channels = g.output_channels;
    if constexpr (kIsFloat<T>) {
      std::vector<float> packed(PackedBytesDwconv3x3F32(channels, tile) / sizeof(float));
      PackDwconv3x3F32(channels, layer.weights.data(), layer.bias.data(), tile, packed.data());
      return packed;
    } else {
      std::vector<float> packed(PackedBytesDwconv3x3Q8(channels, tile) / sizeof(float));
      PackDwconv3x3Q8<T>(channels, layer.weights.data(), layer.bias.data(), layer.scales.data(),
                         layer.weights_zero_point, layer.input_zero_point, tile, packed.data());
      return packed;
    }
  }
};

TEMPLATE_TEST_CASE("dwconv3x3 matches the reference", "", float, uint8_t, int8_t) {
  RequireConvOfAllChannels<Op, TestType>();
}

TEMPLATE_TEST_CASE("dwconv3x3 matches the reference at every border", "", float, uint8_t, int8_t) {
  RequireConvAtEveryBorder<Op, TestType>();
}

TEMPLATE_TEST_CASE("dwconv3x3 computes the same in ranges and strips of rows", "", float, uint8_t, int8_t) {
  RequireSameInRangesAndStrips<Op, TestType>();
}

TEMPLATE_TEST_CASE("dwconv3x3 of extreme values does not overflow", "", uint8_t, int8_t) {
  RequireNoOverflow<Op, TestType>();
}

}  // namespace
}  // namespace mobilenet::test
