// What the tests of conv and dwconv share. `Op`, a struct in each, says what differs:
//   kIsDepthwise
//   Kernels<T>(g)                        all that this CPU can run and that take the window of g
//   RandomLayer<T>(random, g, clamp)     a TestLayer<T>
//   Pack(g, layer, tile)                 its weights, exactly as large as needed: AddressSanitizer sees
//                                        reads and writes beyond them
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
  for (const auto& kernel : Op::template Kernels<T>(g)) {
    INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
    const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
    std::vector<T> output = MarkedOutput<T>(OutputSize(g));
    kernel.function(g, 0, g.output_height, input.data(), packed.data(), output.data(), layer.rule());
    REQUIRE(Mismatch(output, expected) == "");
  }
}

// Input channels for this many output channels.
template <typename Op>
int InputChannels(int output_channels) {
  return Op::kIsDepthwise ? output_channels : 3;
}

// Windows that have their own kernels.
inline constexpr TestWindow kSquareWindows[] = {{3, 3, 1}, {3, 3, 2}, {5, 5, 1}, {5, 5, 2}};

template <typename Op, typename T>
void RequireConvOfAllChannels() {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (const TestWindow& window : kSquareWindows) {
      for (TestClamp clamp : kTestClamps) {
        const ConvGeometry g =
            MakeGeometry(6, 9, InputChannels<Op>(channels), channels, window, SamePaddingOf(6, 9, window));
        RequireConvReference<Op, T>(g, clamp, seed++);
      }
    }
  }
}

// Sizes smaller than a tile of pixels, filling it, and leaving any remainder; every padding.
template <typename Op, typename T>
void RequireConvAtEveryBorder() {
  uint32_t seed = kSeed;
  for (const TestWindow& window : kSquareWindows) {
    for (int height : {1, 2, 3, 4, 7}) {
      for (int width : {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 17}) {
        for (int channels : {1, 8, 13}) {
          const ConvGeometry g =
              MakeGeometry(height, width, Op::kIsDepthwise ? channels : 1 + channels % 5, channels, window,
                           SamePaddingOf(height, width, window), {.input_row = 5, .output_row = 7});
          RequireConvReference<Op, T>(g, TestClamp::kBoth, seed++);
        }
      }
    }
    for (int top : {0, 1, 2, window.height - 1}) {
      for (int left : {0, 1, 2, window.width - 1}) {
        for (int bottom : {0, 1, 2, window.height - 1}) {
          for (int right : {0, 1, 2, window.width - 1}) {
            const ConvGeometry g =
                MakeGeometry(5, window.width + top + 4 * window.stride, InputChannels<Op>(19), 19, window,
                             {top, left, bottom, right}, {.input_row = 1, .output_row = 1});
            RequireConvReference<Op, T>(g, TestClamp::kNone, seed++);
          }
        }
      }
    }
  }
}

// Every window from 1x1 to 7x7, strides up to 3; padded as SAME, not at all, and by more than the window.
template <typename Op, typename T>
void RequireConvOfAnyWindow() {
  uint32_t seed = kSeed;
  for (int kernel_height = 1; kernel_height <= 7; ++kernel_height) {
    for (int kernel_width = 1; kernel_width <= 7; ++kernel_width) {
      for (int stride : {1, 2, 3}) {
        const TestWindow window = {kernel_height, kernel_width, stride};
        for (const TestPadding& padding : {SamePaddingOf(8, 11, window), TestPadding{},
                                           TestPadding{kernel_height + 1, 1, 0, kernel_width + stride}}) {
          const ConvGeometry g = MakeGeometry(8, 11, InputChannels<Op>(11), 11, window, padding);
          RequireConvReference<Op, T>(g, TestClamp::kBoth, seed++);
        }
      }
    }
  }
}

// Input and output are ranges of channels of wider maps.
template <typename Op, typename T>
void RequireConvOfRangesOfChannels() {
  uint32_t seed = kSeed;
  for (const TestWindow& window :
       {TestWindow{3, 3, 1}, {3, 3, 2}, {5, 5, 1}, {5, 5, 2}, {2, 4, 1}, {1, 1, 2}}) {
    for (int channels : {1, 8, 13, 24}) {
      for (const TestGaps& gaps :
           {TestGaps{.input_pixel = 1}, TestGaps{.output_pixel = 1},
            TestGaps{.input_pixel = 8, .output_pixel = 16},
            TestGaps{.input_pixel = 3, .output_pixel = 5, .input_row = 7, .output_row = 9}}) {
        const ConvGeometry g = MakeGeometry(6, 9, InputChannels<Op>(channels), channels, window,
                                            SamePaddingOf(6, 9, window), gaps);
        RequireConvReference<Op, T>(g, TestClamp::kBoth, seed++);
      }
    }
  }
}

template <typename Op, typename T>
void RequireSameInRangesAndStrips() {
  uint32_t seed = kSeed;
  for (const TestWindow& window : {TestWindow{3, 3, 1}, {3, 3, 2}, {5, 5, 1}, {5, 5, 2}, {4, 6, 1}}) {
    const ConvGeometry g =
        MakeGeometry(11, 13, InputChannels<Op>(20), 20, window, SamePaddingOf(11, 13, window));
    Random random(seed);
    const TestLayer<T> layer = Op::template RandomLayer<T>(random, g, TestClamp::kBoth);
    const std::vector<T> input = RandomInput<T>(random, g);
    for (const auto& kernel : Op::template Kernels<T>(g)) {
      INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
      const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
      std::vector<T> whole = MarkedOutput<T>(OutputSize(g));
      kernel.function(g, 0, g.output_height, input.data(), packed.data(), whole.data(), layer.rule());
      for (int rows : {1, 2, 3, 5}) {
        INFO(rows << " rows at a time");
        std::vector<T> strips = MarkedOutput<T>(OutputSize(g));
        for (int begin = 0; begin < g.output_height; begin += rows) {
          const int end = std::min(g.output_height, begin + rows);
          // A range writes its own rows and no others.
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

// All products as large as possible, of either sign.
template <typename Op, typename T>
void RequireNoOverflow() {
  using Limits = std::numeric_limits<T>;
  constexpr T kMinWeight = std::is_signed_v<T> ? -127 : 0;
  for (int window : {3, 5}) {
    const ConvGeometry g =
        MakeGeometry(3, 7, 16, 16, {window, window}, SamePaddingOf(3, 7, {window, window}));
    Random random(kSeed);
    TestLayer<T> layer = Op::template RandomLayer<T>(random, g, TestClamp::kNone);
    layer.scales.assign(layer.scales.size(), 1e-5f);
    for (T weight : {kMinWeight, Limits::max()}) {
      std::fill(layer.weights.begin(), layer.weights.end(), weight);
      if (!std::is_signed_v<T>) layer.weights_zero_point = weight == kMinWeight ? Limits::max() : kMinWeight;
      for (T value : {Limits::min(), Limits::max()}) {
        layer.input_zero_point = value == Limits::min() ? Limits::max() : Limits::min();
        const std::vector<T> input(3 * 7 * 16 + 16, value);
        for (const auto& kernel : Op::template Kernels<T>(g)) {
          INFO(kernel.name << ", inputs " << +value << ", weights " << +weight);
          const std::vector<float> packed = Op::Pack(g, layer, kernel.tile);
          std::vector<T> output = MarkedOutput<T>(OutputSize(g));
          kernel.function(g, 0, g.output_height, input.data(), packed.data(), output.data(), layer.rule());
          REQUIRE(Mismatch(output, ReferenceConv(g, Op::kIsDepthwise, input, layer)) == "");
        }
      }
    }
  }
}

}  // namespace mobilenet::test
