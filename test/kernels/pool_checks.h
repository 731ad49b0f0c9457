// What the tests of max_pool and avg_pool share. `Op<T>`, made from (random, clamp) in each, says what
// differs:
//   Kernels()                            all that this CPU can run
//   Run(kernel, g, begin, end, input, output)
//   Output(values)                       the result for the values in a window, an Expected
#pragma once

#include <algorithm>
#include <vector>

#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {

template <typename T, typename Op>
std::vector<Expected> ReferencePool(const ConvGeometry& g, const std::vector<T>& input, const Op& op) {
  std::vector<Expected> output = MarkedExpectation<T>(OutputSize(g));
  for (int oh = 0; oh < g.output_height; ++oh) {
    for (int ow = 0; ow < g.output_width; ++ow) {
      for (int c = 0; c < g.output_channels; ++c) {
        std::vector<T> values;
        for (int kh = 0; kh < g.kernel_height; ++kh) {
          for (int kw = 0; kw < g.kernel_width; ++kw) {
            const int ih = oh * g.stride + kh - g.pad_top;
            const int iw = ow * g.stride + kw - g.pad_left;
            if (ih < 0 || ih >= g.input_height || iw < 0 || iw >= g.input_width) continue;
            values.push_back(
                input[static_cast<size_t>(ih * g.input_row_stride + iw * g.input_pixel_stride + c)]);
          }
        }
        output[static_cast<size_t>(oh * g.output_row_stride + ow * g.output_pixel_stride + c)] =
            op.Output(values);
      }
    }
  }
  return output;
}

// Every kernel on the whole map, on ranges of rows and on strips.
template <template <typename> typename Op, typename T>
void RequirePoolReference(const ConvGeometry& g, TestClamp clamp, uint32_t seed) {
  Random random(seed);
  const Op<T> op(random, clamp);
  const std::vector<T> input = RandomInput<T>(random, g);
  const std::vector<Expected> expected = ReferencePool(g, input, op);
  for (const auto& kernel : op.Kernels()) {
    INFO(kernel.name << ", " << Text(g) << ", seed " << seed);
    std::vector<T> whole = MarkedOutput<T>(OutputSize(g));
    op.Run(kernel, g, 0, g.output_height, input.data(), whole.data());
    REQUIRE(Mismatch(whole, expected) == "");
    for (int rows : {1, 3}) {
      INFO(rows << " rows at a time");
      std::vector<T> ranges = MarkedOutput<T>(OutputSize(g));
      std::vector<T> strips = MarkedOutput<T>(OutputSize(g));
      for (int begin = 0; begin < g.output_height; begin += rows) {
        const int end = std::min(g.output_height, begin + rows);
        op.Run(kernel, g, begin, end, input.data(), ranges.data());
        const StripOf strip(g, begin, end);
        op.Run(kernel, strip.geometry, 0, end - begin, input.data() + strip.input_offset,
               strips.data() + begin * g.output_row_stride);
      }
      REQUIRE(Mismatch(ranges, whole) == "");
      REQUIRE(Mismatch(strips, whole) == "");
    }
  }
}

template <template <typename> typename Op, typename T>
void RequirePoolOfAllChannels() {
  uint32_t seed = kSeed;
  for (int channels : kSimdSizes) {
    for (const TestWindow& window : {TestWindow{2, 2, 2}, {3, 3, 1}, {3, 3, 2}}) {
      for (TestClamp clamp : kTestClamps) {
        const ConvGeometry g = MakeGeometry(6, 9, channels, channels, window, SamePaddingOf(6, 9, window));
        RequirePoolReference<Op, T>(g, clamp, seed++);
      }
    }
  }
}

// Every window from 1x1 to 7x7, strides up to 3; padded as SAME, not at all, and as much as can be.
template <template <typename> typename Op, typename T>
void RequirePoolOfAnyWindow() {
  uint32_t seed = kSeed;
  for (int height = 1; height <= 7; ++height) {
    for (int width = 1; width <= 7; ++width) {
      for (int stride : {1, 2, 3}) {
        const TestWindow window = {height, width, stride};
        for (const TestPadding& padding :
             {SamePaddingOf(8, 11, window), TestPadding{},
              TestPadding{height - 1, width - 1, height - 1, width - 1}, TestPadding{0, 0, height - 1, 0}}) {
          const ConvGeometry g = MakeGeometry(8, 11, 11, 11, window, padding);
          RequirePoolReference<Op, T>(g, TestClamp::kBoth, seed++);
        }
      }
    }
  }
}

// Input and output are ranges of channels of wider maps.
template <template <typename> typename Op, typename T>
void RequirePoolOfRangesOfChannels() {
  uint32_t seed = kSeed;
  for (const TestWindow& window : {TestWindow{2, 2, 2}, {3, 3, 1}, {3, 3, 2}, {2, 4, 1}, {1, 1, 2}}) {
    for (int channels : {1, 8, 13, 24, 40}) {
      for (const TestGaps& gaps :
           {TestGaps{.input_pixel = 1}, TestGaps{.output_pixel = 1},
            TestGaps{.input_pixel = 8, .output_pixel = 16},
            TestGaps{.input_pixel = 3, .output_pixel = 5, .input_row = 7, .output_row = 9}}) {
        const ConvGeometry g =
            MakeGeometry(6, 9, channels, channels, window, SamePaddingOf(6, 9, window), gaps);
        RequirePoolReference<Op, T>(g, TestClamp::kNone, seed++);
      }
    }
  }
}

// Sizes, as a window sees them, with the longest possible sums.
template <template <typename> typename Op, typename T>
void RequirePoolOfLargeWindows() {
  uint32_t seed = kSeed;
  for (const TestWindow& window : {TestWindow{64, 64, 1}, {14, 14, 14}, {1, 150, 1}, {64, 3, 16}}) {
    const ConvGeometry g = MakeGeometry(64, 150, 9, 9, window, {});
    RequirePoolReference<Op, T>(g, TestClamp::kNone, seed++);
  }
}

}  // namespace mobilenet::test
