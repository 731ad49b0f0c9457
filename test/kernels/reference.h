// The oracle of the kernel tests: naive loops over unpacked weights, sums in double (exact for integers),
// written without a line of the kernels' own arithmetic. And what the tests share: seeded random layers,
// sizes around the tiles of vector kernels, and a comparison that says where and by how much.
//
// Slack and the gaps between rows hold NaN or random bytes where they may be read, and a mark that must still
// be there afterwards where they must not be written.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <sstream>
#include <string>
#include <tuple>
#include <type_traits>
#include <vector>

#include "kernels/common/clamp.h"
#include "kernels/common/conv_geometry.h"
#include "kernels/common/conv_quantization.h"
#include "kernels/common/half.h"
#include "kernels/common/pack_gemm.h"
#include "src/base/random.h"

namespace mobilenet::test {

// float, or Half.
template <typename T>
inline constexpr bool kIsFloat = !std::is_integral_v<T>;

// The types in which layers with weights have kernels in this build.
#if MOBILENET_HAVE_NEONFP16
using WeightsTypes = std::tuple<float, uint8_t, int8_t, Half>;
#else
using WeightsTypes = std::tuple<float, uint8_t, int8_t>;
#endif

// ---- random values ----

// The first seed; a test counts up from it, and prints the one that failed.
inline constexpr uint32_t kSeed = 20170417;

class Random : public mobilenet::Random {
 public:
  using mobilenet::Random::Random;

  int Int(int min, int max) { return Integer(min, max); }
  float Float(float min, float max) { return static_cast<float>(Uniform(double{min}, double{max})); }

  // Any value of an integer type; floats in [-1, 1].
  template <typename T>
  T Value() {
    if constexpr (kIsFloat<T>) {
      return T(Float(-1, 1));
    } else {
      return static_cast<T>(Int(std::numeric_limits<T>::min(), std::numeric_limits<T>::max()));
    }
  }

  template <typename T>
  std::vector<T> Values(std::ptrdiff_t count) {
    std::vector<T> values(static_cast<size_t>(count));
    for (T& value : values) value = Value<T>();
    return values;
  }

  // Values that kernels may read but must not use.
  template <typename T>
  T Garbage() {
    if constexpr (kIsFloat<T>) {
      return T(std::numeric_limits<float>::quiet_NaN());
    } else {
      return Value<T>();
    }
  }

  // `rows` rows of `row` values, `stride` apart, with garbage between them and in the 16 bytes of slack at
  // the end.
  template <typename T>
  std::vector<T> Rows(int rows, std::ptrdiff_t row, std::ptrdiff_t stride) {
    constexpr std::ptrdiff_t kSlack = 16 / sizeof(T);
    std::vector<T> values(static_cast<size_t>((rows - 1) * stride + row + kSlack));
    for (T& value : values) value = Garbage<T>();
    for (int i = 0; i < rows; ++i) {
      for (std::ptrdiff_t j = 0; j < row; ++j) values[static_cast<size_t>(i * stride + j)] = Value<T>();
    }
    return values;
  }
};

// 1 ... 70, all at and around multiples of 4 to 16, the others sparse.
inline const std::vector<int> kSimdSizes = {1,  2,  3,  4,  5,  7,  8,  9,  12, 15, 16, 17,
                                            20, 23, 24, 25, 31, 32, 33, 47, 48, 63, 65, 70};
inline const std::vector<int> kFewSimdSizes = {1, 3, 4, 8, 13, 16, 17, 33};

// ---- layers with weights ----

enum class TestClamp { kNone, kLow, kHigh, kBoth };
inline constexpr TestClamp kTestClamps[] = {TestClamp::kNone, TestClamp::kLow, TestClamp::kHigh,
                                            TestClamp::kBoth};

// The rounding that kernels/common/requantize.h promises, in other words: the product is one float operation,
// rounded to the nearest integer, ties to even, and only then clamped.
inline int RoundAndClamp(int64_t sum, float scale, int zero_point, int min, int max) {
  const volatile float product = static_cast<float>(sum) * scale;
  const double rounded = std::nearbyint(static_cast<double>(product)) + zero_point;
  return static_cast<int>(std::min(std::max(rounded, double(min)), double(max)));
}

// The nearest half float, of two the even one: the values of tests stay far from its largest.
inline double RoundToHalf(double value) {
  if (value == 0) return value;
  const int exponent = std::max(std::ilogb(value), -14);
  const double step = std::ldexp(1.0, exponent - 10);
  return std::nearbyint(value / step) * step;
}

// A value, and how far from it a kernel may be.
struct Expected {
  double value;
  double bound = 0;
};

// Weights, biases and everything else that a kernel is given besides sizes: for f32 a clamp, for qu8 and qs8
// the quantisation.
template <typename T>
struct TestLayer {
  using Bias = std::conditional_t<kIsFloat<T>, T, int32_t>;

  // `k`: products per sum, to which the scales are fitted so that outputs fill the range.
  TestLayer(Random& random, int output_channels, int k, std::ptrdiff_t weights_count, TestClamp clamp)
      : weights(random.Values<T>(weights_count)) {
    if constexpr (std::is_same_v<T, int8_t>) {
      for (T& weight : weights) weight = std::max<T>(weight, -127);
    }
    const float spread = std::sqrt(static_cast<float>(k)) * 100 * 100;
    // u8 has one scale for all channels; the kernels take one per channel.
    const float scale_for_all = 60 * random.Float(0.5f, 1.5f) / spread;
    for (int channel = 0; channel < output_channels; ++channel) {
      if constexpr (kIsFloat<T>) {
        bias.push_back(T(random.Float(-1, 1)));
      } else {
        bias.push_back(random.Int(-5000, 5000));
        scales.push_back(std::is_same_v<T, uint8_t> ? scale_for_all
                                                    : scale_for_all * random.Float(0.25f, 1.0f));
      }
    }
    if constexpr (kIsFloat<T>) {
      const float infinity = std::numeric_limits<float>::infinity();
      min = T(clamp == TestClamp::kLow || clamp == TestClamp::kBoth ? -0.25f : -infinity);
      max = T(clamp == TestClamp::kHigh || clamp == TestClamp::kBoth ? 0.5f : infinity);
    } else {
      input_zero_point = random.Value<T>();
      weights_zero_point = std::is_same_v<T, int8_t> ? T{0} : random.Value<T>();
      if constexpr (std::is_same_v<T, uint8_t>) BringWeightsNear(random);
      // Now and then a sum that is too large for the fast requantisation (kernels/common/pack_q8.h).
      if (random.Int(0, 3) == 0) bias[static_cast<size_t>(random.Int(0, output_channels - 1))] += 5'000'000;
      output_zero_point = random.Value<T>();
      min = std::numeric_limits<T>::min();
      max = std::numeric_limits<T>::max();
      const int middle = (min + max) / 2;
      if (clamp == TestClamp::kLow || clamp == TestClamp::kBoth)
        min = static_cast<T>(random.Int(min, middle));
      if (clamp == TestClamp::kHigh || clamp == TestClamp::kBoth)
        max = static_cast<T>(random.Int(middle, max));
    }
  }

  // Weights that are int8 minus their zero point are computed differently from others: all of them are, or
  // all but a few, or a random choice.
  void BringWeightsNear(Random& random) {
    const int others = random.Int(0, 2);
    for (T& weight : weights) {
      if (others == 2 || (others == 1 && random.Int(0, 99) == 0)) continue;
      weight = static_cast<T>(std::clamp<int>(weight, weights_zero_point - 127, weights_zero_point + 127));
    }
  }

  // The kernels' last argument.
  auto rule() const {
    if constexpr (kIsFloat<T>) {
      return ClampF32{min, max};
    } else {
      return ConvQuantization<T>{input_zero_point, weights_zero_point, {output_zero_point, min, max}};
    }
  }

  // Adds one product to the sum of a channel.
  struct Sum {
    double value = 0;
    double magnitude = 0;  // of all terms, for the bound of rounding errors
    int terms = 0;
    std::vector<double> products = {};  // of halves, in their order
  };
  void Add(Sum& sum, T input, size_t weight_index) const {
    const double product =
        (static_cast<double>(input) - static_cast<double>(input_zero_point)) *
        (static_cast<double>(weights[weight_index]) - static_cast<double>(weights_zero_point));
    sum.value += product;
    sum.magnitude += std::abs(product);
    ++sum.terms;
    if constexpr (std::is_same_v<T, Half>) sum.products.push_back(product);
  }

  Expected Output(const Sum& sum, int channel) const {
    const auto index = static_cast<size_t>(channel);
    const double total = sum.value + static_cast<double>(bias[index]);
    if constexpr (std::is_same_v<T, Half>) {
      // A bound of the roundings says nothing of long sums. But products of halves are exact in double, and
      // the kernels add them to the bias in order, each time rounded once.
      double half = static_cast<double>(bias[index]);
      for (const double product : sum.products) half = RoundToHalf(half + product);
      return {std::min(std::max(half, double{min}), double{max})};
    } else if constexpr (kIsFloat<T>) {
      // Each product and each addition, in whatever order, is off by half an epsilon of its result, and no
      // intermediate sum is larger than all magnitudes together.
      const double magnitude = sum.magnitude + std::abs(static_cast<double>(bias[index]));
      const double bound = (sum.terms + 1) * double{std::numeric_limits<float>::epsilon()} * magnitude;
      return {std::min(std::max(total, double{min}), double{max}), bound};
    } else {
      return {static_cast<double>(
          RoundAndClamp(static_cast<int64_t>(total), scales[index], output_zero_point, min, max))};
    }
  }

  std::vector<T> weights;
  std::vector<Bias> bias;
  std::vector<float> scales;  // requantisation scales
  T input_zero_point = {};
  T weights_zero_point = {};
  T output_zero_point = {};
  T min;
  T max;
};

// ---- output and its comparison ----

// What an output holds before a kernel runs, and afterwards wherever it had nothing to write.
template <typename T>
inline constexpr T kMark = T(kIsFloat<T> ? 12345 : 0x5a);

template <typename T>
std::vector<T> MarkedOutput(std::ptrdiff_t size) {
  return std::vector<T>(static_cast<size_t>(size), kMark<T>);
}

template <typename T>
std::vector<Expected> MarkedExpectation(std::ptrdiff_t size) {
  return std::vector<Expected>(static_cast<size_t>(size), Expected{static_cast<double>(kMark<T>)});
}

// "" if all values are as expected, else index and both values of the first that is not.
template <typename T>
std::string Mismatch(const std::vector<T>& actual, const std::vector<Expected>& expected) {
  std::ostringstream message;
  message.precision(9);
  if (actual.size() != expected.size()) {
    message << "size " << actual.size() << ", expected " << expected.size();
    return message.str();
  }
  for (size_t i = 0; i < actual.size(); ++i) {
    const auto value = static_cast<double>(actual[i]);
    // Written so that NaN fails too.
    if (std::abs(value - expected[i].value) <= expected[i].bound) continue;
    message << "index " << i << " of " << actual.size() << ": " << value << ", expected "
            << expected[i].value;
    if (expected[i].bound != 0) message << " +- " << expected[i].bound;
    return message.str();
  }
  return "";
}

// The same for what must be equal to the bit.
template <typename T>
std::string Mismatch(const std::vector<T>& actual, const std::vector<T>& expected) {
  std::vector<Expected> values;
  for (T value : expected) values.push_back({static_cast<double>(value)});
  return Mismatch(actual, values);
}

// ---- convolutions ----

inline std::string Text(const ConvGeometry& g) {
  std::ostringstream text;
  text << "input [" << g.input_height << ", " << g.input_width << ", " << g.input_channels << "], output ["
       << g.output_height << ", " << g.output_width << ", " << g.output_channels << "], window "
       << g.kernel_height << "x" << g.kernel_width << ", stride " << g.stride << ", groups " << g.groups
       << ", pad top " << g.pad_top << " left " << g.pad_left << ", row strides " << g.input_row_stride
       << " and " << g.output_row_stride << ", pixel strides " << g.input_pixel_stride << " and "
       << g.output_pixel_stride;
  return text.str();
}

// Padding on each side.
struct TestPadding {
  int top = 0, left = 0, bottom = 0, right = 0;
};

struct TestWindow {
  int height = 3, width = 3, stride = 1;
};

// How many elements more than needed there are from pixel to pixel and from row to row.
struct TestGaps {
  int input_pixel = 0, output_pixel = 0, input_row = 0, output_row = 0;
};

inline ConvGeometry MakeGeometry(int input_height, int input_width, int input_channels, int output_channels,
                                 TestWindow window, TestPadding padding, TestGaps gaps = {}) {
  ConvGeometry g;
  g.input_height = input_height;
  g.input_width = input_width;
  g.input_channels = input_channels;
  g.output_height = (input_height + padding.top + padding.bottom - window.height) / window.stride + 1;
  g.output_width = (input_width + padding.left + padding.right - window.width) / window.stride + 1;
  g.output_channels = output_channels;
  g.kernel_height = window.height;
  g.kernel_width = window.width;
  g.stride = window.stride;
  g.pad_top = padding.top;
  g.pad_left = padding.left;
  g.input_pixel_stride = input_channels + gaps.input_pixel;
  g.input_row_stride = input_width * g.input_pixel_stride + gaps.input_row;
  g.output_pixel_stride = output_channels + gaps.output_pixel;
  g.output_row_stride = g.output_width * g.output_pixel_stride + gaps.output_row;
  return g;
}

// TensorFlow's SAME, in its own words: ceil(size / stride) outputs, the odd one of the padding behind.
inline TestPadding SamePaddingOf(int input_height, int input_width, TestWindow window) {
  const auto total = [&](int size, int kernel) {
    return std::max(kernel - (size % window.stride == 0 ? window.stride : size % window.stride), 0);
  };
  const int rows = total(input_height, window.height);
  const int columns = total(input_width, window.width);
  return {rows / 2, columns / 2, rows - rows / 2, columns - columns / 2};
}

// The output rows [begin, end) as a convolution of their own, with just the input rows that they need.
struct StripOf {
  StripOf(const ConvGeometry& whole, int begin, int end) : geometry(whole) {
    const int first = begin * whole.stride - whole.pad_top;
    const int last = (end - 1) * whole.stride - whole.pad_top + whole.kernel_height - 1;
    const int input_begin = std::max(first, 0);
    geometry.pad_top = input_begin - first;
    geometry.input_height = std::min(last + 1, whole.input_height) - input_begin;
    geometry.output_height = end - begin;
    input_offset = input_begin * whole.input_row_stride;
  }

  ConvGeometry geometry;
  std::ptrdiff_t input_offset;
};

inline std::ptrdiff_t OutputSize(const ConvGeometry& g) {
  return g.output_height * g.output_row_stride;
}

// With garbage in the gaps, and the 16 bytes of slack at the end.
template <typename T>
std::vector<T> RandomInput(Random& random, const ConvGeometry& g) {
  const std::ptrdiff_t row = (g.input_width - 1) * g.input_pixel_stride + g.input_channels;
  std::vector<T> values = random.Rows<T>(g.input_height, row, g.input_row_stride);
  for (size_t i = 0; i < values.size(); ++i) {
    const auto in_row = static_cast<std::ptrdiff_t>(i) % g.input_row_stride;
    if (in_row % g.input_pixel_stride >= g.input_channels) values[i] = random.Garbage<T>();
  }
  return values;
}

// Weights [OC, KH, KW, IC / groups], or if depthwise [KH, KW, C].
template <typename T>
std::vector<Expected> ReferenceConv(const ConvGeometry& g, bool is_depthwise, const std::vector<T>& input,
                                    const TestLayer<T>& layer) {
  std::vector<Expected> output = MarkedExpectation<T>(OutputSize(g));
  const int group_inputs = g.input_channels / g.groups;
  const int group_outputs = g.output_channels / g.groups;
  for (int oh = 0; oh < g.output_height; ++oh) {
    for (int ow = 0; ow < g.output_width; ++ow) {
      for (int oc = 0; oc < g.output_channels; ++oc) {
        typename TestLayer<T>::Sum sum;
        for (int kh = 0; kh < g.kernel_height; ++kh) {
          for (int kw = 0; kw < g.kernel_width; ++kw) {
            const int ih = oh * g.stride + kh - g.pad_top;
            const int iw = ow * g.stride + kw - g.pad_left;
            if (ih < 0 || ih >= g.input_height || iw < 0 || iw >= g.input_width) continue;
            const T* pixel = &input[static_cast<size_t>(ih * g.input_row_stride + iw * g.input_pixel_stride)];
            if (is_depthwise) {
              layer.Add(sum, pixel[oc],
                        static_cast<size_t>((kh * g.kernel_width + kw) * g.output_channels + oc));
            } else {
              for (int ic = 0; ic < group_inputs; ++ic) {
                const int tap = (oc * g.kernel_height + kh) * g.kernel_width + kw;
                layer.Add(sum, pixel[oc / group_outputs * group_inputs + ic],
                          static_cast<size_t>(tap * group_inputs + ic));
              }
            }
          }
        }
        output[static_cast<size_t>(oh * g.output_row_stride + ow * g.output_pixel_stride + oc)] =
            layer.Output(sum, oc);
      }
    }
  }
  return output;
}

// ---- matrix products ----

// input [M, K], output [M, N], rows that far apart; weights [N, K].
template <typename T>
std::vector<Expected> ReferenceGemm(int m, int n, int k, const std::vector<T>& input,
                                    std::ptrdiff_t input_stride, const TestLayer<T>& layer,
                                    std::ptrdiff_t output_stride) {
  std::vector<Expected> output = MarkedExpectation<T>(m * output_stride);
  for (int row = 0; row < m; ++row) {
    for (int channel = 0; channel < n; ++channel) {
      typename TestLayer<T>::Sum sum;
      for (int i = 0; i < k; ++i) {
        layer.Add(sum, input[static_cast<size_t>(row * input_stride + i)],
                  static_cast<size_t>(channel * k + i));
      }
      output[static_cast<size_t>(row * output_stride + channel)] = layer.Output(sum, channel);
    }
  }
  return output;
}

// Float and half layers are packed from floats.
template <typename T>
std::vector<float> Floats(const std::vector<T>& values) {
  return std::vector<float>(values.begin(), values.end());
}

// The layer's weights [N, K] as a kernel of that tile takes them; exactly as large as they must be, so that
// AddressSanitizer sees what is read or written beyond.
template <typename T>
std::vector<float> PackTestGemm(int n, int k, const TestLayer<T>& layer, PackTile tile) {
  if constexpr (kIsFloat<T>) {
    std::vector<float> packed(PackedBytesFloat<T>(n, k, tile) / sizeof(float));
    PackGemmFloat<T>(n, k, Floats(layer.weights).data(), Floats(layer.bias).data(), tile, packed.data());
    return packed;
  } else {
    std::vector<float> packed(PackedBytesQ8(n, k, tile) / sizeof(float));
    PackGemmQ8<T>(n, k, layer.weights.data(), layer.bias.data(), layer.scales.data(),
                  layer.weights_zero_point, layer.input_zero_point, tile, packed.data());
    return packed;
  }
}

// What a block of them takes.
template <typename T>
size_t PackedBlockFloats(int k, PackTile tile) {
  if constexpr (kIsFloat<T>) {
    return PackedBlockBytesFloat<T>(k, tile) / sizeof(float);
  } else {
    return PackedBlockBytesQ8(k, tile) / sizeof(float);
  }
}

}  // namespace mobilenet::test
