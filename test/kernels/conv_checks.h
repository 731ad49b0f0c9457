// What the tests of the two 3x3 convolutions have in common. `Op`, a struct of each, says what differs:
//   kIsDepthwise
//   Kernels<T>()                         all that this CPU can run
//   RandomLayer<T>(random, g, clamp)     a TestLayer<T>
//   Pack(g, layer, tile)                 its weights, exactly as large as asked for: AddressSanitizer sees
//                                        what is read or written beyond
#pragma once

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {

// Runs every kernel over `g` and requires what the reference says.
template <typename Op, typename T>
void RequireConvReference(const ConvGeometry& g, TestClamp clamp, uint32_t seed) {
  Random random(seed);
  const TestLayer<T> layer = Op::template RandomLayer<T>(random, g, clamp);
  const std::vector<T> input = RandomInput<T>(random, g);
  const std::vector<Expected> expected = ReferenceConv(g, Op::kIsDepthwise, input, layer);
  for (const auto& kernel : Op::template Kernels<T>()) {
    INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
    const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
    std::vector<T> output = MarkedOutput<T>(OutputSize(g));
    kernel.function(g, 0, g.output_height, input.data(), packed.data(), output.data(), layer.rule());
    REQUIRE(Mismatch(output, expected) == "");
  }
}

// Input channels for so many output channels.
template <typename Op>
int InputChannels(int output_channels) {
  return Op::kIsDepthwise ? output_channels : 3;
}

template <typename Op, typename T>
void RequireConvOfAllChannels() {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (int stride : {1, 2}) {
      for (TestClamp clamp : kTestClamps) {
        const ConvGeometry g = MakeGeometry(6, 9, InputChannels<Op>(channels), channels, stride,
                                            SamePaddingOf(6, 9, stride), {});
        RequireConvReference<Op, T>(g, clamp, seed++);
      }
    }
  }
}

// Sizes that are smaller than a tile of pixels, fill it, and leave any remainder; every padding.
template <typename Op, typename T>
void RequireConvAtEveryBorder() {
  uint32_t seed = kSeed;
  for (int height : {1, 2, 3, 4, 7}) {
    for (int width : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17}) {
      for (int stride : {1, 2}) {
        for (int channels : {1, 8, 13}) {
          const ConvGeometry g =
              MakeGeometry(height, width, Op::kIsDepthwise ? channels : 1 + channels % 5, channels, stride,
                           SamePaddingOf(height, width, stride), {.input = 5, .output = 7});
          RequireConvReference<Op, T>(g, TestClamp::kBoth, seed++);
        }
      }
    }
  }
  for (int top : {0, 1, 2}) {
    for (int left : {0, 1, 2}) {
      for (int bottom : {0, 1, 2}) {
        for (int right : {0, 1, 2}) {
          for (int stride : {1, 2}) {
            const ConvGeometry g = MakeGeometry(5, 3 + top + 4 * stride, InputChannels<Op>(19), 19, stride,
                                                {top, left, bottom, right}, {.input = 1, .output = 1});
            RequireConvReference<Op, T>(g, TestClamp::kNone, seed++);
          }
        }
      }
    }
  }
}

template <typename Op, typename T>
void RequireSameInRangesAndStrips() {
  uint32_t seed = kSeed;
  for (int stride : {1, 2}) {
    const ConvGeometry g =
        MakeGeometry(11, 13, InputChannels<Op>(20), 20, stride, SamePaddingOf(11, 13, stride), {});
    Random random(seed);
    const TestLayer<T> layer = Op::template RandomLayer<T>(random, g, TestClamp::kBoth);
    const std::vector<T> input = RandomInput<T>(random, g);
    for (const auto& kernel : Op::template Kernels<T>()) {
      INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
      const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
      std::vector<T> whole = MarkedOutput<T>(OutputSize(g));
      kernel.function(g, 0, g.output_height, input.data(), packed.data(), whole.data(), layer.rule());
      for (int rows : {1, 2, 3, 5}) {
        INFO(rows << " rows at a time");
        std::vector<T> strips = MarkedOutput<T>(OutputSize(g));
        for (int begin = 0; begin < g.output_height; begin += rows) {
          const int end = std::min(g.output_height, begin + rows);
          // A range writes its rows and no others.
          std::vector<T> expected = MarkedOutput<T>(OutputSize(g));
          std::copy(whole.begin() + begin * g.output_row_stride, whole.begin() + end * g.output_row_stride,
                    expected.begin() + begin * g.output_row_stride);
          std::vector<T> range = MarkedOutput<T>(OutputSize(g));
          kernel.function(g, begin, end, input.data(), packed.data(), range.data(), layer.rule());
          REQUIRE(Mismatch(range, expected) == "");

          const StripOf strip(g, begin, end);
          kernel.function(strip.geometry, 0, end - begin, input.data() + strip.input_offset, packed.data(),
                          strips.data() + begin * g.output_row_stride, layer.rule());
        }
        REQUIRE(Mismatch(strips, whole) == "");
      }
    }
    ++seed;
  }
}

// All products as large as they can be, of either sign.
template <typename Op, typename T>
void RequireNoOverflow() {
  using Limits = std::numeric_limits<T>;
  constexpr T kMinWeight = std::is_signed_v<T> ? -127 : 0;
  const ConvGeometry g = MakeGeometry(3, 7, 16, 16, 1, SamePaddingOf(3, 7, 1), {});
  Random random(kSeed);
  TestLayer<T> layer = Op::template RandomLayer<T>(random, g, TestClamp::kNone);
  layer.scales.assign(layer.scales.size(), 1e-5f);
  for (T weight : {kMinWeight, Limits::max()}) {
    std::fill(layer.weights.begin(), layer.weights.end(), weight);
    if (!std::is_signed_v<T>) layer.weights_zero_point = weight == kMinWeight ? Limits::max() : kMinWeight;
    for (T value : {Limits::min(), Limits::max()}) {
      layer.input_zero_point = value == Limits::min() ? Limits::max() : Limits::min();
      const std::vector<T> input(3 * 7 * 16 + 16, value);
      for (const auto& kernel : Op::template Kernels<T>()) {
        INFO(kernel.name << ", inputs " << +value << ", weights " << +weight);
        const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
        std::vector<T> output = MarkedOutput<T>(OutputSize(g));
        kernel.function(g, 0, g.output_height, input.data(), packed.data(), output.data(), layer.rule());
        REQUIRE(Mismatch(output, ReferenceConv(g, Op::kIsDepthwise, input, layer)) == "");
      }
    }
  }
}

}  // namespace mobilenet::test
