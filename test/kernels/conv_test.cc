#include "kernels/conv/conv.h"

#include "test/kernels/conv_checks.h"
#include "test/support/catch.h"

namespace mobilenet::test::conv_test {
namespace {

struct Op {
  static constexpr bool kIsDepthwise = false;

  template <typename T>
  static auto Kernels(const ConvGeometry&) {
    if constexpr (std::is_same_v<T, float>) {
      return Supported(kConvF32);
#if MOBILENET_HAVE_NEONFP16
    } else if constexpr (std::is_same_v<T, Half>) {
      return Supported(kConvF16);
#endif
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return Supported(kConvQu8);
    } else {
      return Supported(kConvQs8);
    }
  }

  template <typename T>
  static TestLayer<T> RandomLayer(Random& random, const ConvGeometry& g, TestClamp clamp) {
    const int k = g.kernel_height * g.kernel_width * g.input_channels / g.groups;
    return TestLayer<T>(random, g.output_channels, k, std::ptrdiff_t{g.output_channels} * k, clamp);
  }

  template <typename T>
  static std::vector<float> Pack(const ConvGeometry& g, const TestLayer<T>& layer, PackTile tile) {
    if constexpr (kIsFloat<T>) {
      std::vector<float> packed(PackedBytesConvFloat<T>(g, tile) / sizeof(float));
      PackConvFloat<T>(g, Floats(layer.weights).data(), Floats(layer.bias).data(), tile, packed.data());
      return packed;
    } else {
      std::vector<float> packed(PackedBytesConvQ8(g, tile) / sizeof(float));
      PackConvQ8<T>(g, layer.weights.data(), layer.bias.data(), layer.scales.data(), layer.weights_zero_point,
                    layer.input_zero_point, tile, packed.data());
      return packed;
    }
  }
};

TEMPLATE_LIST_TEST_CASE("conv matches the reference", "", WeightsTypes) {
  RequireConvOfAllChannels<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("conv matches the reference at every border", "", WeightsTypes) {
  RequireConvAtEveryBorder<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("conv matches the reference with any window", "", WeightsTypes) {
  RequireConvOfAnyWindow<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("conv reads and writes ranges of channels of wider maps", "", WeightsTypes) {
  RequireConvOfRangesOfChannels<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("conv of groups of channels matches the reference", "", WeightsTypes) {
  uint32_t seed = kSeed;
  for (const TestWindow& window : {TestWindow{1, 1, 1}, {1, 1, 2}, {3, 3, 1}, {3, 3, 2}, {5, 2, 1}}) {
    for (int groups : {2, 3, 7}) {
      for (int group_inputs : {1, 4, 9}) {
        for (int group_outputs : {1, 3, 8, 17}) {
          for (int gap : {0, 5}) {
            ConvGeometry g =
                MakeGeometry(5, 7, groups * group_inputs, groups * group_outputs, window,
                             SamePaddingOf(5, 7, window), {.input_pixel = gap, .output_pixel = gap});
            g.groups = groups;
            RequireConvReference<Op, TestType>(g, TestClamp::kBoth, seed++);
          }
        }
      }
    }
  }
}

// More products than one block of copied patches holds: two pixels with K = 12544, and one with the largest
// K.
TEMPLATE_LIST_TEST_CASE("conv matches the reference with many input channels", "", WeightsTypes) {
  RequireConvReference<Op, TestType>(MakeGeometry(8, 9, 256, 5, {7, 7, 1}, {3, 3, 3, 3}), TestClamp::kBoth,
                                     kSeed);
  RequireConvReference<Op, TestType>(MakeGeometry(2, 3, kMaxGemmK / 9, 5, {3, 3, 1}, {1, 1, 1, 1}),
                                     TestClamp::kBoth, kSeed + 1);
}

TEMPLATE_LIST_TEST_CASE("conv computes the same in ranges and strips of rows", "", WeightsTypes) {
  RequireSameInRangesAndStrips<Op, TestType>();
}

TEMPLATE_TEST_CASE("conv of extreme values does not overflow", "", uint8_t, int8_t) {
  RequireNoOverflow<Op, TestType>();
}

}  // namespace
}  // namespace mobilenet::test::conv_test
