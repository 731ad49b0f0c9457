#include "kernels/dwconv/dwconv.h"

#include <string>
#include <vector>

#include "test/kernels/conv_checks.h"
#include "test/support/catch.h"

namespace mobilenet::test::dwconv_test {
namespace {

struct Op {
  static constexpr bool kIsDepthwise = true;

  template <typename T>
  static auto Kernels(const ConvGeometry& g) {
    if constexpr (std::is_same_v<T, float>) {
      return OfWindow(Supported(kDwconvF32), g);
#if MOBILENET_HAVE_NEONFP16
    } else if constexpr (std::is_same_v<T, Half>) {
      return OfWindow(Supported(kDwconvF16), g);
#endif
    } else if constexpr (std::is_same_v<T, uint8_t>) {
      return OfWindow(Supported(kDwconvQu8), g);
    } else {
      return OfWindow(Supported(kDwconvQs8), g);
    }
  }

  template <typename Entry>
  static std::vector<Entry> OfWindow(std::vector<Entry> kernels, const ConvGeometry& g) {
    std::erase_if(kernels, [&](const Entry& kernel) {
      return kernel.window != 0 && (kernel.window != g.kernel_height || kernel.window != g.kernel_width);
    });
    return kernels;
  }

  template <typename T>
  static TestLayer<T> RandomLayer(Random& random, const ConvGeometry& g, TestClamp clamp) {
    const int taps = g.kernel_height * g.kernel_width;
    return TestLayer<T>(random, g.output_channels, taps, std::ptrdiff_t{taps} * g.output_channels, clamp);
  }

  template <typename T>
  static std::vector<float> Pack(const ConvGeometry& g, const TestLayer<T>& layer, PackTile tile) {
    if constexpr (kIsFloat<T>) {
      std::vector<float> packed(PackedBytesDwconvFloat<T>(g, tile) / sizeof(float));
      PackDwconvFloat<T>(g, Floats(layer.weights).data(), Floats(layer.bias).data(), tile, packed.data());
      return packed;
    } else {
      std::vector<float> packed(PackedBytesDwconvQ8(g, tile) / sizeof(float));
      PackDwconvQ8<T>(g, layer.weights.data(), layer.bias.data(), layer.scales.data(),
                      layer.weights_zero_point, layer.input_zero_point, tile, packed.data());
      return packed;
    }
  }
};

TEMPLATE_LIST_TEST_CASE("dwconv matches the reference", "", WeightsTypes) {
  RequireConvOfAllChannels<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("dwconv matches the reference at every border", "", WeightsTypes) {
  RequireConvAtEveryBorder<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("dwconv matches the reference with any window", "", WeightsTypes) {
  RequireConvOfAnyWindow<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("dwconv reads and writes ranges of channels of wider maps", "", WeightsTypes) {
  RequireConvOfRangesOfChannels<Op, TestType>();
}

TEMPLATE_LIST_TEST_CASE("dwconv computes the same in ranges and strips of rows", "", WeightsTypes) {
  RequireSameInRangesAndStrips<Op, TestType>();
}

TEMPLATE_TEST_CASE("dwconv of extreme values does not overflow", "", uint8_t, int8_t) {
  RequireNoOverflow<Op, TestType>();
}

// Any remainder of the rows and columns that are computed at a time, and of the channels; vectors of channels
// that are full, the last of which may overlap the one before.
TEMPLATE_LIST_TEST_CASE("dwconv matches the reference at any width, height and number of channels", "",
                        WeightsTypes) {
  uint32_t seed = kSeed;
  for (const int size : {3, 5}) {
    for (const int stride : {1, 2, 3}) {
      const TestWindow window = {size, size, stride};
      const auto require = [&](int height, int width, int channels, const TestPadding& padding,
                               TestClamp clamp) {
        const ConvGeometry geometry = MakeGeometry(height, width, channels, channels, window, padding,
                                                   {.input_pixel = width % 3, .output_pixel = width % 2});
        RequireConvReference<Op, TestType>(geometry, clamp, seed++);
      };
      for (int width = 1; width <= 20; ++width) {
        for (const int height : {4, 5, 6}) {
          for (const TestClamp clamp : {TestClamp::kNone, TestClamp::kBoth}) {
            require(height, width, 12, SamePaddingOf(height, width, window), clamp);
          }
        }
        for (const int channels : {32, 64, 68, 80}) {
          require(5, width, channels, SamePaddingOf(5, width, window), TestClamp::kBoth);
          require(5, width, channels, {size - 1, size - 1, size - 1, size - 1}, TestClamp::kBoth);
        }
      }
      for (int channels = 4; channels <= 136; channels += 12) {
        require(5, 9, channels, SamePaddingOf(5, 9, window), TestClamp::kNone);
      }
    }
  }
}

TEST_CASE("a depthwise kernel for a window is selected only for that window") {
  const auto name = [](const auto& list, int height, int width) {
    return std::string(Select(list, BestIsa(), height, width).name);
  };
  const bool has_neon = CanRun(Isa::kNeon);
  for (const auto& [height, width] : {std::pair(1, 1), {3, 5}, {5, 3}, {7, 7}, {2, 2}}) {
    INFO(height << "x" << width);
    CHECK(name(kDwconvF32, height, width) == "dwconv_f32_scalar");
    CHECK(name(kDwconvQu8, height, width) == "dwconv_qu8_scalar");
    CHECK(name(kDwconvQs8, height, width) == "dwconv_qs8_scalar");
  }
  for (const int size : {3, 5}) {
    const std::string end = !has_neon ? "_scalar" : size == 3 ? "_3x3_neon" : "_5x5_neon";
    std::string end_f32 = end;
    if (CanRun(Isa::kAvx2) && size == 3) end_f32 = CanRun(Isa::kAvx512) ? "_3x3_avx512" : "_3x3_avx2";
    CHECK(name(kDwconvF32, size, size) == "dwconv_f32" + end_f32);
    std::string end_q8 = end + (CanRun(Isa::kNeonDot) ? "dot" : "");
    if (CanRun(Isa::kAvx512Vnni)) end_q8 = size == 3 ? "_3x3_avx512vnni" : "_5x5_avx512vnni";
    CHECK(name(kDwconvQu8, size, size) == "dwconv_qu8" + end_q8);
    CHECK(name(kDwconvQs8, size, size) == "dwconv_qs8" + end_q8);
    CHECK(std::string(Select(kDwconvF32, Isa::kScalar, size, size).name) == "dwconv_f32_scalar");
  }
}

}  // namespace
}  // namespace mobilenet::test::dwconv_test
