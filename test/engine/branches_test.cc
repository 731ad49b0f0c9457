// A network made of every operator, with a fork, joins and concatenations, with random shapes, against a
// naive oracle: plain loops over the model file's own tensors, sums in double or whole numbers.
#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "src/engine/model_network.h"
#include "src/engine/plan.h"
#include "test/engine/seeded_picture.h"
#include "test/kernels/reference.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/run_command.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

// The same for the same seed. With or without the operators that make sense only for floats.
std::string RandomLayers(uint32_t seed, bool is_float) {
  std::mt19937 random(seed);
  const auto pick = [&](int low, int high) {
    return low + static_cast<int>(random() % static_cast<unsigned>(high - low + 1));
  };
  std::string text = "[";
  const auto add = [&](const std::string& name, const std::string& rest) {
    text += (text.size() > 1 ? "," : "") + ("{\"name\": \"" + name + "\", \"operator\": " + rest + "}");
  };
  const auto window = [&](int kernel_height, int kernel_width, int stride) {
    return ", \"kernel\": [" + std::to_string(kernel_height) + ", " + std::to_string(kernel_width) +
           "], \"stride\": " + std::to_string(stride) + ", \"padding\": \"same\"";
  };
  const auto channels = [&](int count) { return ", \"channels\": " + std::to_string(count); };
  const std::string relu6 = ", \"activation\": \"relu6\"";
  const auto function = [&](const char* name) {
    return is_float ? ", \"activation\": \"" + std::string(name) + "\"" : relu6;
  };
  const int width = 2 * pick(3, 9);
  const int stride =
      pick(1, 2);  // one after another: the order in which arguments are evaluated is not fixed
  const int kernel_width = pick(1, 5);
  add("conv1",
      "\"conv\", \"inputs\": [\"input\"]" + channels(width) + window(3, kernel_width, stride) + relu6);
  add("expand", "\"conv\", \"inputs\": [\"conv1\"]" + channels(3 * width) + window(1, 1, 1) + relu6);
  add("depthwise", "\"depthwise\", \"inputs\": [\"expand\"]" + window(5, 5, 1) + relu6);
  add("project", "\"conv\", \"inputs\": [\"depthwise\"]" + channels(width) + window(1, 1, 1));
  add("add", "\"add\", \"inputs\": [\"conv1\", \"project\"]");
  if (is_float) {
    add("norm", "\"lrn\", \"inputs\": [\"add\"], \"size\": " + std::to_string(pick(1, 6)) +
                    ", \"alpha\": 0.5, \"beta\": 0.75, \"k\": 2");
  }
  add("left", "\"conv\", \"inputs\": [\"" + std::string(is_float ? "norm" : "add") + "\"]" +
                  channels(pick(3, 9)) + window(1, 1, 1) + function("tanh"));
  const int pool_height = pick(1, 4);
  add("largest", "\"max_pool\", \"inputs\": [\"add\"]" + window(pool_height, pick(2, 5), 1));
  const int mean_height = pick(2, 4);
  add("mean", "\"average_pool\", \"inputs\": [\"add\"]" + window(mean_height, pick(1, 4), 1));
  add("middle", "\"conv\", \"inputs\": [\"add\"]" + channels(2 * pick(2, 9)) + window(3, 3, 1) +
                    ", \"groups\": 2" + relu6);
  add("right", "\"depthwise\", \"inputs\": [\"add\"]" + window(pick(1, 4), 3, 1) + relu6);
  add("inner", "\"concat\", \"inputs\": [\"left\", \"largest\", \"right\", \"mean\"]");
  add("join", "\"concat\", \"inputs\": [\"inner\", \"middle\"]");
  add("down", "\"depthwise\", \"inputs\": [\"join\"]" + window(3, 3, pick(1, 3)) + relu6);
  add("mixed", "\"conv\", \"inputs\": [\"down\"]" + channels(pick(5, 20)) + ", \"kernel\": [3, 2], " +
                   "\"padding\": [1, 0, 0, 1], \"activation\": \"relu\"");
  add("pooled",
      "\"max_pool\", \"inputs\": [\"mixed\"], \"kernel\": [3, 3], \"stride\": 2, \"padding\": "
      "[0, 1, 1, 0]");
  add("averaged",
      "\"average_pool\", \"inputs\": [\"pooled\"], \"kernel\": [2, 3], \"stride\": 2, "
      "\"padding\": [1, 1, 0, 2]");
  add("again", "\"add\", \"inputs\": [\"averaged\", \"averaged\"]" + function("sigmoid"));
  add("copied", "\"concat\", \"inputs\": [\"again\", \"averaged\", \"again\"]");
  add("pool", "\"avg_pool\", \"inputs\": [\"copied\"]");
  add("hidden", "\"fully_connected\", \"inputs\": [\"pool\"]" + channels(pick(4, 30)) + function("tanh"));
  add("logits", "\"fully_connected\", \"inputs\": [\"hidden\"]" + channels(11));
  add("scores", (seed % 2 == 0 ? "\"sigmoid\"" : "\"softmax\"") + std::string(", \"inputs\": [\"logits\"]"));
  return text + "]";
}

// Values as they are stored, and how to read them.
struct Map {
  Shape shape;
  Quantization quantization;
  std::vector<double> values;

  double Real(size_t i, bool is_float) const {
    return is_float ? values[i] : values[i] - quantization.zero_point;
  }
  size_t At(int64_t y, int64_t x, int64_t c) const {
    return static_cast<size_t>((y * shape[1] + x) * shape[2] + c);
  }
};

template <typename T>
class Oracle {
 public:
  explicit Oracle(const ModelFile& file)
      : file_(file), network_(NetworkOf(file)), quantizations_(ValueQuantizations(file, network_)) {}

  // The logits.
  Map Run(const T* input) {
    std::vector<Map> maps(1);
    maps[0] = {network_.layers[0].input, quantizations_[0], {}};
    for (int64_t i = 0; i < ElementCount(maps[0].shape); ++i)
      maps[0].values.push_back(static_cast<double>(input[i]));
    for (size_t i = 0; i + 1 < network_.layers.size(); ++i) {
      const Layer& layer = network_.layers[i];
      Map output{layer.output, quantizations_[i + 1], {}};
      output.values.resize(static_cast<size_t>(ElementCount(layer.output)));
      std::vector<const Map*> inputs;
      for (const Value value : layer.inputs) inputs.push_back(&maps[value]);
      Compute(layer, inputs, output);
      maps.push_back(std::move(output));
    }
    return maps.back();
  }

 private:
  static constexpr bool kFloat = std::is_same_v<T, float>;

  // A sum in units of `scale`, or a float, as the layer writes it.
  double Finish(const Layer& layer, const Map& output, double sum, float scale) const {
    double low = kFloat ? -1e30 : static_cast<double>(std::numeric_limits<T>::min());
    double high = kFloat ? 1e30 : static_cast<double>(std::numeric_limits<T>::max());
    const auto& [step, zero] = output.quantization;
    if (layer.activation == Activation::kTanh) return std::tanh(sum);
    if (layer.activation == Activation::kSigmoid) return 1 / (1 + std::exp(-sum));
    if (layer.activation != Activation::kNone) low = std::max(low, kFloat ? 0.0 : double(zero));
    if (layer.activation == Activation::kRelu6) {
      high = std::min(high, kFloat ? 6.0 : double(zero) + std::round(6.0f / step));
    }
    if (kFloat) return std::clamp(sum, low, high);
    return test::RoundAndClamp(static_cast<int64_t>(sum), scale, zero, static_cast<int>(low),
                               static_cast<int>(high));
  }

  void Compute(const Layer& layer, const std::vector<const Map*>& inputs, Map& output) const {
    if (std::holds_alternative<Add>(layer.op)) {
      for (size_t i = 0; i < output.values.size(); ++i) {
        const double a = inputs[0]->Real(i, kFloat);
        const double b = inputs[1]->Real(i, kFloat);
        if (kFloat) {
          output.values[i] = Finish(layer, output, a + b, 1);
          continue;
        }
        const volatile float a_scale = inputs[0]->quantization.scale / output.quantization.scale;
        const volatile float b_scale = inputs[1]->quantization.scale / output.quantization.scale;
        const volatile float left = static_cast<float>(a) * a_scale;
        const volatile float right = static_cast<float>(b) * b_scale;
        const volatile float sum = left + right;
        output.values[i] = Finish(layer, output, std::nearbyint(sum), 1);
      }
    } else if (std::holds_alternative<Concat>(layer.op)) {
      int64_t first = 0;
      for (const Map* input : inputs) {
        const volatile float scale = input->quantization.scale / output.quantization.scale;
        for (size_t i = 0; i < input->values.size(); ++i) {
          const auto c = static_cast<int64_t>(i) % input->shape[2];
          const auto pixel = static_cast<int64_t>(i) / input->shape[2];
          output.values[static_cast<size_t>(pixel * output.shape[2] + first + c)] =
              Finish(layer, output, input->Real(i, kFloat), scale);
        }
        first += input->shape[2];
      }
    } else if (std::holds_alternative<GlobalAvgPool>(layer.op)) {
      const Map& input = *inputs[0];
      const int64_t pixels = input.shape[0] * input.shape[1];
      for (int64_t c = 0; c < output.shape[2]; ++c) {
        double sum = 0;
        for (int64_t p = 0; p < pixels; ++p)
          sum += input.Real(static_cast<size_t>(p * input.shape[2] + c), kFloat);
        const volatile float divisor = output.quantization.scale * static_cast<float>(pixels);
        output.values[static_cast<size_t>(c)] =
            kFloat ? sum / static_cast<double>(pixels)
                   : Finish(layer, output, sum, input.quantization.scale / divisor);
      }
    } else if (const auto* lrn = std::get_if<Lrn>(&layer.op)) {
      Normalise(*lrn, *inputs[0], output);
    } else if (std::holds_alternative<MaxPool>(layer.op) || std::holds_alternative<AvgPool>(layer.op)) {
      Pool(layer, *inputs[0], output);
    } else {
      Multiply(layer, *inputs[0], output);
    }
  }

  static void Normalise(const Lrn& lrn, const Map& input, Map& output) {
    const int64_t channels = input.shape[2];
    for (int64_t i = 0; i < static_cast<int64_t>(input.values.size()); ++i) {
      const int64_t c = i % channels;
      double sum = 0;
      for (int64_t j = std::max<int64_t>(c - (lrn.size - 1) / 2, 0);
           j <= std::min<int64_t>(c + lrn.size / 2, channels - 1); ++j) {
        const double value = input.values[static_cast<size_t>(i - c + j)];
        sum += value * value;
      }
      const double base = double{lrn.k} + double{lrn.alpha} / lrn.size * sum;
      output.values[static_cast<size_t>(i)] =
          input.values[static_cast<size_t>(i)] / std::pow(base, double{lrn.beta});
    }
  }

  void Pool(const Layer& layer, const Map& input, Map& output) const {
    const Window& window = *WindowOf(layer);
    for (int64_t oh = 0; oh < output.shape[0]; ++oh) {
      for (int64_t ow = 0; ow < output.shape[1]; ++ow) {
        for (int64_t c = 0; c < output.shape[2]; ++c) {
          double sum = 0;
          double largest = -1e30;
          int pixels = 0;
          for (int64_t kh = 0; kh < window.kernel_height; ++kh) {
            for (int64_t kw = 0; kw < window.kernel_width; ++kw) {
              const int64_t ih = oh * window.stride + kh - window.padding.top;
              const int64_t iw = ow * window.stride + kw - window.padding.left;
              if (ih < 0 || iw < 0 || ih >= input.shape[0] || iw >= input.shape[1]) continue;
              ++pixels;
              sum += input.Real(input.At(ih, iw, c), kFloat);
              largest = std::max(largest, input.values[input.At(ih, iw, c)]);
            }
          }
          const volatile float divisor = output.quantization.scale * static_cast<float>(pixels);
          double& value = output.values[output.At(oh, ow, c)];
          if (std::holds_alternative<MaxPool>(layer.op)) {
            value = largest;
          } else {
            value = kFloat ? sum / pixels : Finish(layer, output, sum, input.quantization.scale / divisor);
          }
        }
      }
    }
  }

  void Multiply(const Layer& layer, const Map& input, Map& output) const {
    constexpr DataType kType = kFloat ? DataType::kF32 : std::is_signed_v<T> ? DataType::kS8 : DataType::kU8;
    const std::string name = layer.name + ".weights";
    const auto* weights = file_.Tensor(name, kType, WeightsShape(layer)).template As<T>();
    const int64_t channels = output.shape[2];
    const TensorView bias =
        file_.Tensor(layer.name + ".bias", kFloat ? DataType::kF32 : DataType::kS32, {channels});
    std::vector<float> scales(static_cast<size_t>(channels), 1.0f);
    int zero_point = 0;
    if (!kFloat) {
      const auto stored = file_.Scales(name, kType == DataType::kS8 ? channels : 1);
      for (size_t c = 0; c < scales.size(); ++c) {
        const volatile float product = input.quantization.scale * stored[stored.size() == 1 ? 0 : c];
        scales[c] = product / output.quantization.scale;
      }
      zero_point = file_.ZeroPoint(name);
    }
    // A fully connected layer is a convolution whose window is the input.
    Window window = {static_cast<int>(input.shape[0]), static_cast<int>(input.shape[1]), 1, {}};
    if (const Window* own = WindowOf(layer)) window = *own;
    const auto* conv = std::get_if<Conv>(&layer.op);
    const bool is_depthwise = std::holds_alternative<Depthwise>(layer.op);
    const int64_t groups = conv ? conv->groups : is_depthwise ? channels : 1;
    const int64_t group_inputs = input.shape[2] / groups;
    for (int64_t oh = 0; oh < output.shape[0]; ++oh) {
      for (int64_t ow = 0; ow < output.shape[1]; ++ow) {
        for (int64_t oc = 0; oc < channels; ++oc) {
          double sum =
              kFloat ? double{bias.As<float>()[oc]} : double{static_cast<double>(bias.As<int32_t>()[oc])};
          for (int64_t kh = 0; kh < window.kernel_height; ++kh) {
            for (int64_t kw = 0; kw < window.kernel_width; ++kw) {
              const int64_t ih = oh * window.stride + kh - window.padding.top;
              const int64_t iw = ow * window.stride + kw - window.padding.left;
              if (ih < 0 || iw < 0 || ih >= input.shape[0] || iw >= input.shape[1]) continue;
              for (int64_t ic = 0; ic < group_inputs; ++ic) {
                const int64_t tap = kh * window.kernel_width + kw;
                const int64_t w =
                    is_depthwise
                        ? tap * channels + oc
                        : (oc * window.kernel_height * window.kernel_width + tap) * group_inputs + ic;
                const int64_t c = oc / (channels / groups) * group_inputs + ic;
                sum +=
                    input.Real(input.At(ih, iw, c), kFloat) * (static_cast<double>(weights[w]) - zero_point);
              }
            }
          }
          output.values[output.At(oh, ow, oc)] = Finish(layer, output, sum, scales[static_cast<size_t>(oc)]);
        }
      }
    }
  }

  const ModelFile& file_;
  Network network_;
  std::vector<Quantization> quantizations_;
};

// The plan's own logits.
template <typename T>
std::vector<double> ScoresOf(const Plan& plan, const Quantization& quantization) {
  const auto classes = static_cast<size_t>(plan.network().classes);
  std::vector<double> exponentials;
  double sum = 0;
  for (size_t c = 0; c < classes; ++c) {
    const auto logit = static_cast<double>(static_cast<const T*>(plan.logits())[c]);
    const double real =
        std::is_same_v<T, float> ? logit : double{quantization.scale} * (logit - quantization.zero_point);
    exponentials.push_back(std::exp(real));
    sum += exponentials.back();
  }
  const bool is_sigmoid = std::holds_alternative<Sigmoid>(plan.network().layers.back().op);
  std::vector<double> scores;
  for (double exponential : exponentials)
    scores.push_back(exponential / (is_sigmoid ? 1 + exponential : sum));
  return scores;
}

template <typename T>
void RequireOracle(WeightQuantization quantization) {
  const test::TemporaryFolder folder;
  int in_strips = 0;
  for (uint32_t seed = 3; seed >= (test::IsEmulated() ? 3u : 1u); --seed) {  // 3 has strips in all types
    const std::string path = folder / "model.safetensors";
    test::WriteSyntheticModel(path, {.resolution = 90 + static_cast<int>(seed) * 13,
                                     .classes = 11,
                                     .quantization = quantization,
                                     .seed = seed,
                                     .architecture = "every operator",
                                     .layers = RandomLayers(seed, std::is_same_v<T, float>)});
    const ModelFile file = ModelFile::Open(path);
    Map expected;
    for (BackendChoice backend : BackendChoices()) {
      for (const auto& [cache_bytes, threads] : {std::pair(0, 1), {100'000, 1}, {200'000, 3}, {400'000, 1}}) {
        Plan plan(file,
                  {.backend = backend, .threads = threads, .isa = BestIsa(), .cache_bytes = cache_bytes});
        in_strips += !MakeSchedule(plan.network().layers, plan.type(), cache_bytes).strips.empty();
        FillInput(plan);
        // The same for all plans.
        if (expected.values.empty()) expected = Oracle<T>(file).Run(static_cast<const T*>(plan.input()));
        const auto scores = plan.Run();
        double largest = 0;
        for (double value : expected.values) largest = std::max(largest, std::abs(value));
        // XNNPACK's u8 is rounded differently on some CPUs.
        const double allowed = std::is_same_v<T, float> ? 1e-4 * largest
                               : std::is_same_v<T, uint8_t> && backend != BackendChoice::kNative ? 2
                                                                                                 : 0;
        for (size_t c = 0; c < 11; ++c) {
          CAPTURE(seed, cache_bytes, threads, plan.LayerRuns()[1].kernel, c);
          const auto logit = static_cast<double>(static_cast<const T*>(plan.logits())[c]);
          REQUIRE(std::abs(logit - expected.values[c]) <= allowed);
        }
        const std::vector<double> expected_scores = ScoresOf<T>(plan, expected.quantization);
        for (size_t c = 0; c < 11; ++c) {
          CAPTURE(seed, c);
          REQUIRE(std::abs(static_cast<double>(scores[c]) - expected_scores[c]) <= 1e-6);
        }
      }
    }
  }
  CHECK(in_strips > 0);
}

TEST_CASE("forks, joins and concatenations of every operator compute what the oracle does in f32") {
  RequireOracle<float>(WeightQuantization::kNone);
}
TEST_CASE("forks, joins and concatenations of every operator compute what the oracle does in u8") {
  RequireOracle<uint8_t>(WeightQuantization::kU8PerTensor);
}
TEST_CASE("forks, joins and concatenations of every operator compute what the oracle does in s8") {
  RequireOracle<int8_t>(WeightQuantization::kS8PerChannel);
}

TEST_CASE("a file with a tensor that nobody reads is refused") {
  const test::TemporaryFolder folder;
  test::SafetensorsContents contents = test::SyntheticModel({});
  contents.tensors.push_back({"extra.weights", "F32", {1}, std::string(4, '\0')});
  test::WriteFileBytes(folder / "model.safetensors", contents.File());
  const ModelFile file = ModelFile::Open(folder / "model.safetensors");
  CHECK_THROWS_WITH(Plan(file, {}), file.path() +
                                        ": tensor extra.weights is not one of mobilenet_v1's (every "
                                        "tensor must belong to the network)");
}

}  // namespace
}  // namespace mobilenet
