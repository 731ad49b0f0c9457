// Every type of layer in the native backend: what MakeStep makes of a layer (geometry, packing, activation,
// quantisation, division among threads), compared with the oracle of the kernel tests.
#include "src/engine/native_backend.h"

#include <cstring>

#include "src/base/aligned_buffer.h"
#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

// Started once: if there are fewer cores, threads that come and go take more time than the layers.
const ThreadPool& Pool(int threads) {
  static const ThreadPool one(1);
  static const ThreadPool three(3);
  return threads == 1 ? one : three;
}

template <typename T>
constexpr DataType kTypeOf = kIsFloat<T>           ? DataType::kF32
                             : std::is_signed_v<T> ? DataType::kS8
                                                   : DataType::kU8;

// "f32", "qu8", "qs8": how kernels are named.
template <typename T>
std::string KernelType() {
  return (kIsFloat<T> ? "" : "q") + std::string(DataTypeName(kTypeOf<T>));
}

// A layer, its random weights and its quantisation, given to the backend and to the oracle.
template <typename T>
class LayerCase {
 public:
  LayerCase(Operator op, Activation activation, Shape input_shape, Shape output_shape, uint32_t seed)
      : random_(seed),
        layer_{"layer", op, activation, std::move(input_shape), std::move(output_shape)},
        reference_(random_, static_cast<int>(layer_.output.back()), Products(),
                   static_cast<std::ptrdiff_t>(Parameters(layer_)), TestClamp::kNone),
        input_(random_.Values<T>(static_cast<std::ptrdiff_t>(ElementCount(layer_.input)))) {
    if constexpr (!kIsFloat<T>) ChooseScales();
    if (activation == Activation::kRelu6) ClampToRelu6();
  }

  const Layer& layer() const { return layer_; }
  const TestLayer<T>& reference() const { return reference_; }
  const std::vector<T>& input() const { return input_; }
  const Quantization& input_quantization() const { return input_quantization_; }
  const Quantization& output_quantization() const { return output_quantization_; }

  // What a step writes that a backend with `threads` threads made, and the kernel it ran.
  template <typename Output = T>
  std::vector<Output> Run(int threads, std::string& kernel) const {
    const std::unique_ptr<Backend> backend = MakeNativeBackend(Pool(threads), BestIsa());
    AlignedBuffer input(input_.size() * sizeof(T));
    std::memcpy(input.data(), input_.data(), input_.size() * sizeof(T));
    std::vector<Output> output =
        MarkedOutput<Output>(static_cast<std::ptrdiff_t>(ElementCount(layer_.output)));

    LayerTask task = WholeLayer(layer_, kTypeOf<T>, {});
    task.inputs[0].quantization = input_quantization_;
    task.inputs[0].data = input.data();
    task.output.quantization = output_quantization_;
    task.output.data = output.data();
    // As backend.h promises, neither weights nor task are needed once the step is made.
    TestLayer<T> weights = reference_;
    if (Parameters(layer_) != 0) {
      task.weights.weights = {kTypeOf<T>, WeightsShape(layer_), weights.weights.data()};
      task.weights.bias = {
          kIsFloat<T> ? DataType::kF32 : DataType::kS32, {layer_.output.back()}, weights.bias.data()};
      task.weights.scales = weights_scales_;
      task.weights.zero_point = static_cast<int>(weights.weights_zero_point);
    }
    const std::unique_ptr<Step> step = backend->MakeStep(task);
    REQUIRE(step);
    weights.weights.assign(weights.weights.size(), 0);
    weights.bias.assign(weights.bias.size(), 0);
    task.weights.scales.clear();

    step->Run();
    kernel = step->kernel();
    return output;
  }

 private:
  int Products() const {
    return Parameters(layer_) == 0 ? 1 : static_cast<int>(Parameters(layer_) / layer_.output.back());
  }

  // Scales of input, weights and output, and from these the scales that the oracle rounds with.
  void ChooseScales() {
    const bool per_channel = std::is_signed_v<T>;
    input_quantization_ = {random_.Float(0.01f, 0.05f), reference_.input_zero_point};
    // So that 0 and 6 lie inside the range: its width is 255 * 0.03 = 7.65.
    reference_.output_zero_point = static_cast<T>(std::numeric_limits<T>::min() + random_.Int(5, 40));
    output_quantization_ = {0.03f, reference_.output_zero_point};
    const size_t count = per_channel ? reference_.scales.size() : 1;
    for (size_t i = 0; i < count; ++i) {
      weights_scales_.push_back(reference_.scales[i] * output_quantization_.scale /
                                input_quantization_.scale);
    }
    for (size_t i = 0; i < reference_.scales.size(); ++i) {
      const volatile float product = input_quantization_.scale * weights_scales_[per_channel ? i : 0];
      reference_.scales[i] = product / output_quantization_.scale;
    }
  }

  void ClampToRelu6() {
    if constexpr (kIsFloat<T>) {
      reference_.min = 0;
      reference_.max = 6;
      for (auto& weight : reference_.weights) weight *= 10;  // so that 6 is exceeded
    } else {
      reference_.min = reference_.output_zero_point;
      reference_.max = static_cast<T>(reference_.output_zero_point + 200);  // 6 / 0.03
    }
  }

  Random random_;
  Layer layer_;
  TestLayer<T> reference_;
  std::vector<T> input_;
  Quantization input_quantization_;
  Quantization output_quantization_;
  std::vector<float> weights_scales_;
};

Window SameWindow(int height, int width, int stride) {
  const int rows = SamePadding(height, 3, stride);
  const int columns = SamePadding(width, 3, stride);
  return {3, 3, stride, {rows / 2, rows - rows / 2, columns / 2, columns - columns / 2}};
}

template <typename T>
void RequireSteps(const LayerCase<T>& layer_case, const std::vector<Expected>& expected,
                  const std::string& op) {
  INFO(op << " " << DataTypeName(kTypeOf<T>) << ", " << OperatorName(layer_case.layer()) << ", input "
          << ShapeText(layer_case.layer().input) << ", output " << ShapeText(layer_case.layer().output));
  std::string kernel;
  const std::vector<T> output = layer_case.Run(1, kernel);
  REQUIRE(Mismatch(output, expected) == "");
  REQUIRE(kernel.starts_with(op + "_" + KernelType<T>() + "_"));
  std::string shared_kernel;
  REQUIRE(Mismatch(layer_case.Run(3, shared_kernel), output) == "");
  REQUIRE(shared_kernel == kernel);
}

TEMPLATE_TEST_CASE("native backend: convolutions match the reference on any number of threads", "", float,
                   uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (const auto& [height, width] : {std::pair(1, 1), {2, 9}, {7, 6}, {10, 1}}) {
    for (int stride : {1, 2}) {
      for (Activation activation : {Activation::kNone, Activation::kRelu6}) {
        const ConvGeometry conv = MakeGeometry(height, width, 3, 20, {.stride = stride},
                                               SamePaddingOf(height, width, {.stride = stride}));
        const LayerCase<TestType> conv_case(Conv{SameWindow(height, width, stride)}, activation,
                                            {height, width, 3}, {conv.output_height, conv.output_width, 20},
                                            seed);
        INFO("seed " << seed);
        RequireSteps(conv_case, ReferenceConv(conv, false, conv_case.input(), conv_case.reference()), "conv");

        const ConvGeometry depthwise = MakeGeometry(height, width, 19, 19, {.stride = stride},
                                                    SamePaddingOf(height, width, {.stride = stride}));
        const LayerCase<TestType> depthwise_case(Depthwise{SameWindow(height, width, stride)}, activation,
                                                 {height, width, 19},
                                                 {depthwise.output_height, depthwise.output_width, 19}, seed);
        RequireSteps(depthwise_case,
                     ReferenceConv(depthwise, true, depthwise_case.input(), depthwise_case.reference()),
                     "dwconv");

        const LayerCase<TestType> pointwise_case(Conv{}, activation, {height, width, 21}, {height, width, 26},
                                                 seed);
        RequireSteps(
            pointwise_case,
            ReferenceGemm(height * width, 26, 21, pointwise_case.input(), 21, pointwise_case.reference(), 26),
            "pointwise");
        ++seed;
      }
    }
  }
}

TEMPLATE_TEST_CASE("native backend: fully connected layers match the reference on any number of threads", "",
                   float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int classes : {1, 2, 17, 101}) {
    const LayerCase<TestType> layer_case(FullyConnected{}, Activation::kNone, {1, 1, 70}, {1, 1, classes},
                                         seed);
    INFO("seed " << seed++);
    RequireSteps(layer_case,
                 ReferenceGemm(1, classes, 70, layer_case.input(), 70, layer_case.reference(), classes),
                 "fully_connected");
  }
}

TEMPLATE_TEST_CASE("native backend: the global average pool matches the reference on any number of threads",
                   "", float, uint8_t, int8_t) {
  uint32_t seed = kSeed;
  for (int size : {1, 4, 7}) {
    for (int channels : {1, 63, 200}) {
      const LayerCase<TestType> layer_case(GlobalAvgPool{}, Activation::kNone, {size, size, channels},
                                           {1, 1, channels}, seed);
      const int pixels = size * size;
      std::vector<Expected> expected;
      for (int c = 0; c < channels; ++c) {
        double sum = 0;
        for (int p = 0; p < pixels; ++p) {
          sum += static_cast<double>(layer_case.input()[static_cast<size_t>(p * channels + c)]) -
                 layer_case.input_quantization().zero_point;
        }
        if constexpr (kIsFloat<TestType>) {
          expected.push_back({sum / pixels, (pixels + 2) * double{std::numeric_limits<float>::epsilon()}});
        } else {
          const volatile float divisor = layer_case.output_quantization().scale * static_cast<float>(pixels);
          const float scale = layer_case.input_quantization().scale / divisor;
          expected.push_back({static_cast<double>(
              RoundAndClamp(static_cast<int64_t>(sum), scale, layer_case.output_quantization().zero_point,
                            std::numeric_limits<TestType>::min(), std::numeric_limits<TestType>::max()))});
        }
      }
      INFO("seed " << seed++);
      RequireSteps(layer_case, expected, "global_avg_pool");
    }
  }
}

TEMPLATE_TEST_CASE("native backend: softmax turns logits of every type into float scores", "", float, uint8_t,
                   int8_t) {
  const LayerCase<TestType> layer_case(Softmax{}, Activation::kNone, {1, 1, 101}, {1, 1, 101}, kSeed);
  const double scale = kIsFloat<TestType> ? 1 : double{layer_case.input_quantization().scale};
  double sum = 0;
  for (TestType logit : layer_case.input()) sum += std::exp(scale * logit);
  std::vector<Expected> expected;
  for (TestType logit : layer_case.input()) {
    // Exponents, up to 255 * 0.05 apart, are off by an epsilon of themselves.
    expected.push_back({std::exp(scale * logit) / sum, 20 * double{std::numeric_limits<float>::epsilon()}});
  }
  for (int threads : {1, 3}) {
    std::string kernel;
    const std::vector<float> scores = layer_case.template Run<float>(threads, kernel);
    INFO(threads << " threads, seed " << kSeed);
    REQUIRE(Mismatch(scores, expected) == "");
    REQUIRE(kernel.starts_with("softmax_" + KernelType<TestType>() + "_"));
  }
}

TEMPLATE_TEST_CASE("native backend: sigmoid turns each logit of every type into its float score", "", float,
                   uint8_t, int8_t) {
  const LayerCase<TestType> layer_case(Sigmoid{}, Activation::kNone, {1, 1, 101}, {1, 1, 101}, kSeed);
  const auto [scale, zero_point] = layer_case.input_quantization();
  std::vector<Expected> expected;
  for (TestType logit : layer_case.input()) {
    const double real = kIsFloat<TestType> ? double{static_cast<float>(logit)}
                                           : double{scale} * (static_cast<double>(logit) - zero_point);
    // Up to 255 * 0.05, off by an epsilon of itself.
    expected.push_back({1 / (1 + std::exp(-real)), 20 * double{std::numeric_limits<float>::epsilon()}});
  }
  for (int threads : {1, 3}) {
    std::string kernel;
    const std::vector<float> scores = layer_case.template Run<float>(threads, kernel);
    INFO(threads << " threads, seed " << kSeed);
    REQUIRE(Mismatch(scores, expected) == "");
    REQUIRE(kernel.starts_with("sigmoid_" + KernelType<TestType>() + "_"));
  }
}

TEST_CASE("native backend: scalar kernels run where that level is asked for") {
  const std::unique_ptr<Backend> backend = MakeNativeBackend(Pool(1), Isa::kScalar);
  REQUIRE(backend->name() == "native");
  const LayerCase<float> layer_case(GlobalAvgPool{}, Activation::kNone, {2, 2, 5}, {1, 1, 5}, kSeed);
  const std::unique_ptr<Step> step = backend->MakeStep(WholeLayer(layer_case.layer(), DataType::kF32, {}));
  REQUIRE(step->kernel() == "global_avg_pool_f32_scalar");
}

}  // namespace
}  // namespace mobilenet::test
