// The network of the self-test compared with the oracle of the kernel tests, and the self-test on backends
// that compute wrong results.
#include "src/engine/selftest.h"

#include <algorithm>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "kernels/add/add.h"
#include "kernels/avg_pool/avg_pool.h"
#include "kernels/conv/conv.h"
#include "kernels/copy/copy.h"
#include "kernels/dwconv/dwconv.h"
#include "kernels/fully_connected/fully_connected.h"
#include "kernels/global_avg_pool/global_avg_pool.h"
#include "kernels/lrn/lrn.h"
#include "kernels/max_pool/max_pool.h"
#include "kernels/pointwise/pointwise.h"
#include "kernels/sigmoid/sigmoid.h"
#include "kernels/softmax/softmax.h"
#include "src/engine/native_backend.h"
#include "src/engine/thread_pool.h"
#include "test/kernels/reference.h"
#include "test/support/catch.h"

namespace mobilenet::test {
namespace {

constexpr DataType kTypes[] = {DataType::kF32, DataType::kU8, DataType::kS8};

// The layer's weights and quantisation in the form that the oracle takes.
template <typename T>
TestLayer<T> OracleLayer(const SelftestLayer& tested) {
  const auto channels = static_cast<size_t>(tested.layer.output.back());
  const int64_t count = ElementCount(tested.weights.weights.shape);
  Random unused(kSeed);
  TestLayer<T> oracle(unused, static_cast<int>(channels), 1, static_cast<std::ptrdiff_t>(count),
                      TestClamp::kNone);
  using Bias = typename TestLayer<T>::Bias;
  std::copy_n(tested.weights.weights.As<T>(), count, oracle.weights.begin());
  std::copy_n(tested.weights.bias.As<Bias>(), channels, oracle.bias.begin());
  const bool is_relu6 = tested.layer.activation == Activation::kRelu6;
  if constexpr (kIsFloat<T>) {
    if (is_relu6) oracle.min = 0;
    if (is_relu6) oracle.max = 6;
  } else {
    const std::vector<float>& scales = tested.weights.scales;
    for (size_t channel = 0; channel < channels; ++channel) {
      const volatile float product =
          tested.input_quantizations[0].scale * scales[scales.size() == 1 ? 0 : channel];
      oracle.scales[channel] = product / tested.output_quantization.scale;
    }
    const int zero_point = tested.output_quantization.zero_point;
    oracle.input_zero_point = static_cast<T>(tested.input_quantizations[0].zero_point);
    oracle.weights_zero_point = static_cast<T>(tested.weights.zero_point);
    oracle.output_zero_point = static_cast<T>(zero_point);
    if (is_relu6) oracle.min = static_cast<T>(zero_point);
    if (is_relu6) oracle.max = static_cast<T>(zero_point + 200);  // 6 / 0.03
  }
  return oracle;
}

template <typename T>
std::vector<Expected> OraclePool(const SelftestLayer& tested, const std::vector<T>& input) {
  const auto channels = static_cast<size_t>(tested.layer.output.back());
  const size_t pixels = input.size() / channels;
  std::vector<Expected> output;
  for (size_t channel = 0; channel < channels; ++channel) {
    double sum = 0;
    for (size_t i = channel; i < input.size(); i += channels) sum += static_cast<double>(input[i]);
    const double mean = sum / static_cast<double>(pixels);
    // 4 pixels: a mean that must be rounded is an exact float, and a tie goes to the even number.
    output.push_back({kIsFloat<T> ? mean
                                  : std::nearbyint(mean - tested.input_quantizations[0].zero_point) +
                                        tested.input_quantizations[0].zero_point});
  }
  return output;
}

// For a window: the largest value, or the mean of those inside the map.
template <typename T>
std::vector<Expected> OracleWindows(const SelftestLayer& tested, const std::vector<T>& input) {
  const Layer& layer = tested.layer;
  const Window& window = *WindowOf(layer);
  const int zero_point = kIsFloat<T> ? 0 : tested.input_quantizations[0].zero_point;
  std::vector<Expected> output;
  for (int64_t oh = 0; oh < layer.output[0]; ++oh) {
    for (int64_t ow = 0; ow < layer.output[1]; ++ow) {
      for (int64_t c = 0; c < layer.output[2]; ++c) {
        std::vector<double> values;
        for (int64_t tap = 0; tap < window.kernel_height * window.kernel_width; ++tap) {
          const int64_t ih = oh * window.stride + tap / window.kernel_width - window.padding.top;
          const int64_t iw = ow * window.stride + tap % window.kernel_width - window.padding.left;
          if (ih < 0 || iw < 0 || ih >= layer.input[0] || iw >= layer.input[1]) continue;
          values.push_back(static_cast<double>(
              input[static_cast<size_t>((ih * layer.input[1] + iw) * layer.input[2] + c)]));
        }
        if (std::holds_alternative<MaxPool>(layer.op)) {
          output.push_back({*std::max_element(values.begin(), values.end())});
          continue;
        }
        double sum = 0;
        for (double value : values) sum += value - zero_point;
        const auto count = static_cast<double>(values.size());
        const volatile float divisor = tested.output_quantization.scale * static_cast<float>(values.size());
        const volatile float scale = tested.input_quantizations[0].scale / divisor;
        output.push_back({kIsFloat<T> ? sum / count
                                      : RoundAndClamp(static_cast<int64_t>(sum), scale, zero_point,
                                                      std::numeric_limits<int8_t>::min(),
                                                      std::numeric_limits<uint8_t>::max())});
      }
    }
  }
  return output;
}

// A value of input i in steps of the output, unrounded; in float, as the kernels specify.
template <typename T>
float Rescaled(const SelftestLayer& tested, size_t i, T value) {
  if constexpr (kIsFloat<T>) {
    return value;
  } else {
    const Quantization& input = tested.input_quantizations[i];
    const volatile float factor = input.scale / tested.output_quantization.scale;
    const volatile float rescaled = static_cast<float>(value - input.zero_point) * factor;
    return rescaled;
  }
}

template <typename T>
Expected Stored(const SelftestLayer& tested, float value) {
  const bool is_relu6 = tested.layer.activation == Activation::kRelu6;
  if constexpr (kIsFloat<T>) {
    return {is_relu6 ? std::min(std::max(value, 0.0f), 6.0f) : value};
  } else {
    const int zero_point = tested.output_quantization.zero_point;
    const int min = is_relu6 ? zero_point : int{std::numeric_limits<T>::min()};
    const int max = is_relu6 ? zero_point + 200 : int{std::numeric_limits<T>::max()};  // 200 = 6 / 0.03
    return {static_cast<double>(RoundAndClamp(1, value, zero_point, min, max))};
  }
}

template <typename T>
std::vector<Expected> OracleAdd(const SelftestLayer& tested, const std::vector<T>& a,
                                const std::vector<T>& b) {
  std::vector<Expected> output;
  for (size_t i = 0; i < a.size(); ++i) {
    const volatile float sum = Rescaled(tested, 0, a[i]) + Rescaled(tested, 1, b[i]);
    output.push_back(Stored<T>(tested, sum));
  }
  return output;
}

template <typename T>
std::vector<Expected> OracleConcat(const SelftestLayer& tested,
                                   const std::vector<const std::vector<T>*>& inputs) {
  const auto pixels = static_cast<size_t>(tested.layer.output[0] * tested.layer.output[1]);
  std::vector<Expected> output;
  for (size_t pixel = 0; pixel < pixels; ++pixel) {
    for (size_t i = 0; i < inputs.size(); ++i) {
      const size_t channels = inputs[i]->size() / pixels;
      for (size_t c = 0; c < channels; ++c) {
        output.push_back(Stored<T>(tested, Rescaled(tested, i, (*inputs[i])[pixel * channels + c])));
      }
    }
  }
  return output;
}

template <typename T>
std::vector<Expected> OracleOutput(const SelftestLayer& tested,
                                   const std::vector<const std::vector<T>*>& inputs) {
  const Layer& layer = tested.layer;
  const std::vector<T>& input = *inputs[0];
  if (std::holds_alternative<GlobalAvgPool>(layer.op)) return OraclePool(tested, input);
  if (std::holds_alternative<MaxPool>(layer.op) || std::holds_alternative<AvgPool>(layer.op)) {
    return OracleWindows(tested, input);
  }
  if (std::holds_alternative<Add>(layer.op)) return OracleAdd(tested, input, *inputs[1]);
  if (std::holds_alternative<Concat>(layer.op)) return OracleConcat(tested, inputs);
  const TestLayer<T> oracle = OracleLayer<T>(tested);
  const auto extent = [](const Shape& shape, size_t i) { return static_cast<int>(shape[i]); };
  if (const Window* window = WindowOf(layer); window && !IsPointwise(layer)) {
    const int height = extent(layer.input, 0);
    const int width = extent(layer.input, 1);
    const TestWindow same = {window->kernel_height, window->kernel_width, window->stride};
    const ConvGeometry geometry = MakeGeometry(height, width, extent(layer.input, 2), extent(layer.output, 2),
                                               same, SamePaddingOf(height, width, same));
    return ReferenceConv(geometry, std::holds_alternative<Depthwise>(layer.op), input, oracle);
  }
  const int pixels = extent(layer.output, 0) * extent(layer.output, 1);
  const int n = extent(layer.output, 2);
  const int k = extent(layer.input, 2);
  return ReferenceGemm(pixels, n, k, input, k, oracle, n);
}

template <typename T>
void RequireStoredResults(DataType type) {
  const SelftestNetwork network = MakeSelftestNetwork(type);
  const auto* first = network.input.As<T>();
  std::vector<std::vector<T>> maps = {{first, first + ElementCount(network.layers[0].layer.input)}};
  for (size_t i = 0; i <= kSelftestLogitsLayer; ++i) {
    CAPTURE(DataTypeName(type), network.layers[i].layer.name);
    std::vector<const std::vector<T>*> inputs;
    for (const Value value : network.layers[i].layer.inputs) inputs.push_back(&maps[value]);
    std::vector<T> map;
    for (const Expected& expected : OracleOutput(network.layers[i], inputs))
      map.push_back(static_cast<T>(expected.value));
    if (!kIsFloat<T> && i != kSelftestLogitsLayer) {
      CHECK(Checksum(reinterpret_cast<const std::byte*>(map.data()), map.size()) == network.checksums[i]);
      // Neither all at the ends of the range, nor all in a corner of it.
      const std::set<T> values(map.begin(), map.end());
      CHECK(values.size() > 40);
    }
    maps.push_back(std::move(map));
  }
  const std::vector<T>& map = maps.back();
  double largest = 0;
  for (const T logit : map) largest = std::max(largest, std::abs(static_cast<double>(logit)));
  REQUIRE(map.size() == kSelftestClasses);
  for (size_t i = 0; i < map.size(); ++i) {
    CAPTURE(i);
    const double difference = static_cast<double>(map[i]) - static_cast<double>(network.logits[i]);
    CHECK(std::abs(difference) <= (kIsFloat<T> ? 1e-5 * largest : 0));
  }
}

TEST_CASE("the self-test's stored results are those of the oracle") {
  RequireStoredResults<float>(DataType::kF32);
  RequireStoredResults<uint8_t>(DataType::kU8);
  RequireStoredResults<int8_t>(DataType::kS8);
}

// The native kernels, with a mistake in those whose names begin like this: the last value of the output is
// off.
class BrokenBackend final : public Backend {
 public:
  BrokenBackend(const ThreadPool& threads, Isa isa, std::string broken)
      : backend_(MakeNativeBackend(threads, isa)), broken_(std::move(broken)) {}

  std::string_view name() const override { return "native"; }
  bool TakesPanels(const Layer&) const override { return false; }

  std::unique_ptr<Step> MakeStep(const LayerTask& task) override {
    std::unique_ptr<Step> step = backend_->MakeStep(task);
    if (!step || !step->kernel().starts_with(broken_)) return step;
    const bool is_float = task.type == DataType::kF32 || MakesScores(task.layer);
    const Operand& output = task.output;
    const int64_t pixels = output.shape[0] * output.shape[1];
    return std::make_unique<BrokenStep>(std::move(step), is_float, output.data,
                                        (pixels - 1) * output.pixel_stride + output.shape[2] - 1);
  }

 private:
  class BrokenStep final : public Step {
   public:
    BrokenStep(std::unique_ptr<Step> step, bool is_float, void* output, int64_t last)
        : step_(std::move(step)), is_float_(is_float), output_(output), last_(last) {}

    void Run() override {
      step_->Run();
      if (is_float_) {
        static_cast<float*>(output_)[last_] += 0.01f;
      } else {
        static_cast<uint8_t*>(output_)[last_] ^= 1;
      }
    }
    std::string kernel() const override { return step_->kernel(); }

   private:
    std::unique_ptr<Step> step_;
    bool is_float_;
    void* output_;
    int64_t last_;
  };

  std::unique_ptr<Backend> backend_;
  std::string broken_;
};

TEST_CASE("the self-test names the kernel that is wrong and no other") {
  const std::string broken_operator =
      GENERATE("conv_", "dwconv_", "pointwise_", "add_", "copy_", "global_avg_pool_", "fully_connected_",
               "softmax_", "sigmoid_", "max_pool_", "avg_pool_", "lrn_");
  const ThreadPool threads(1);
  for (DataType type : kTypes) {
    if (broken_operator == "lrn_" && type != DataType::kF32) continue;
    const std::unique_ptr<Backend> scalar = MakeNativeBackend(threads, Isa::kScalar);
    const Selftest selftest(type, *scalar);
    REQUIRE(selftest.scalar_result().faults.empty());
    CHECK(selftest.Test(*scalar).faults.empty());

    for (Isa isa : kAllIsas) {
      if (!CanRun(isa)) continue;
      BrokenBackend broken(threads, isa, broken_operator);
      const SelftestResult result = selftest.Test(broken);
      // Some ISA levels have a depthwise kernel for each window; then all of these are wrong.
      REQUIRE(result.faults.size() >= 1);
      REQUIRE(result.faults.size() <= (broken_operator == "dwconv_" ? 2u : 1u));
      for (const KernelFault& fault : result.faults) {
        CAPTURE(fault.kernel, fault.layer, fault.error);
        CHECK(fault.kernel.starts_with(broken_operator));
        CHECK(fault.error.find("expected") != std::string::npos);
      }
    }
  }
}

TEST_CASE("the self-test compares the scalar kernels with the stored results") {
  const std::string broken_operator = GENERATE("conv_", "pointwise_", "add_", "copy_", "fully_connected_",
                                               "softmax_", "sigmoid_", "max_pool_", "avg_pool_", "lrn_");
  const ThreadPool threads(1);
  for (DataType type : kTypes) {
    if (broken_operator == "lrn_" && type != DataType::kF32) continue;
    BrokenBackend broken(threads, Isa::kScalar, broken_operator);
    const Selftest selftest(type, broken);
    REQUIRE(selftest.scalar_result().faults.size() == 1);
    CHECK(selftest.scalar_result().faults[0].kernel == selftest.scalar_result().kernels.back());
  }
}

// Appends the names of the kernels of a list that this CPU can run.
template <typename Function, size_t kEntries>
void AddNames(const KernelEntry<Function> (&list)[kEntries], std::vector<std::string>& names) {
  for (const auto& entry : Supported(list)) names.emplace_back(entry.name);
}

TEST_CASE("the self-test runs every kernel of the lists that this CPU can run") {
  std::vector<std::string> listed;
  AddNames(kAddF32, listed);
  AddNames(kAddQu8, listed);
  AddNames(kAddQs8, listed);
  AddNames(kCopyF32, listed);
  AddNames(kCopyQu8, listed);
  AddNames(kCopyQs8, listed);
  AddNames(kConvF32, listed);
  AddNames(kConvQu8, listed);
  AddNames(kConvQs8, listed);
  AddNames(kDwconvF32, listed);
  AddNames(kDwconvQu8, listed);
  AddNames(kDwconvQs8, listed);
  AddNames(kPointwiseF32, listed);
  AddNames(kPointwiseQu8, listed);
  AddNames(kPointwiseQs8, listed);
  AddNames(kFullyConnectedF32, listed);
  AddNames(kFullyConnectedQu8, listed);
  AddNames(kFullyConnectedQs8, listed);
  AddNames(kGlobalAvgPoolF32, listed);
  AddNames(kGlobalAvgPoolQu8, listed);
  AddNames(kGlobalAvgPoolQs8, listed);
  AddNames(kSigmoidF32, listed);
  AddNames(kSigmoidQu8, listed);
  AddNames(kSigmoidQs8, listed);
  AddNames(kSoftmaxF32, listed);
  AddNames(kSoftmaxQu8, listed);
  AddNames(kSoftmaxQs8, listed);
  AddNames(kMaxPoolF32, listed);
  AddNames(kMaxPoolQu8, listed);
  AddNames(kMaxPoolQs8, listed);
  AddNames(kAvgPoolF32, listed);
  AddNames(kAvgPoolQu8, listed);
  AddNames(kAvgPoolQs8, listed);
  AddNames(kLrnF32, listed);

  const ThreadPool threads(1);
  std::vector<std::string> run;
  for (DataType type : kTypes) {
    const std::unique_ptr<Backend> scalar = MakeNativeBackend(threads, Isa::kScalar);
    const Selftest selftest(type, *scalar);
    for (Isa isa : kAllIsas) {
      if (!CanRun(isa)) continue;
      const SelftestResult result = selftest.Test(*MakeNativeBackend(threads, isa));
      run.insert(run.end(), result.kernels.begin(), result.kernels.end());
    }
  }
  for (const std::string& kernel : listed) {
    CAPTURE(kernel);
    CHECK(std::find(run.begin(), run.end(), kernel) != run.end());
  }
}

}  // namespace
}  // namespace mobilenet::test
