// Layers and networks in half floats, by every backend that computes in them on this CPU, and widened.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/common/half.h"
#include "models/network_builder.h"
#include "src/base/error.h"
#include "src/engine/activation_range.h"
#include "src/engine/backend_choice.h"
#include "src/engine/layer_weights.h"
#include "src/engine/native_backend.h"
#include "src/engine/plan.h"
#include "src/engine/quantize.h"
#include "src/engine/widened_step.h"
#include "test/engine/seeded_picture.h"
#include "test/kernels/reference.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

using test::kSeed;

constexpr double kUnit = 0x1p-11;      // a rounding is off by at most so much of its result,
constexpr double kSmallest = 0x1p-25;  // or by so much of one that is subnormal

const ThreadPool& Threads() {
  static const ThreadPool threads(2);
  return threads;
}

bool ComputesInHalfHere(BackendChoice backend = BackendChoice::kAuto) {
  return backend == BackendChoice::kNative ? BestIsa() == Isa::kNeonFp16
                                           : ComputesInHalf(MakeBackends(Threads(), BestIsa(), 0));
}

std::vector<float> RandomHalves(test::Random& random, int64_t count) {
  std::vector<float> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(Half(random.Float(-1, 1)));
  return values;
}

std::vector<float> Magnitudes(std::vector<float> values) {
  for (float& value : values) value = std::abs(value);
  return values;
}

// A map in memory, with the slack that kernels may read.
template <typename T>
AlignedBuffer BufferOf(const std::vector<float>& values) {
  AlignedBuffer buffer(values.size() * sizeof(T));
  std::transform(values.begin(), values.end(), buffer.As<T>(), [](float x) { return T(x); });
  return buffer;
}

// What a layer reads, all of which half floats hold exactly.
struct LayerValues {
  std::vector<float> weights, bias;
  std::vector<std::vector<float>> inputs;
};

// The layer of T: run(task) makes its step or none, in which case there is no output.
template <typename T, typename MakeStep>
std::vector<float> RunLayer(const Layer& layer, const LayerValues& values, const MakeStep& make_step) {
  LayerWeights weights;
  if (!values.weights.empty()) {
    weights.weights = {DataType::kF32, WeightsShape(layer), values.weights.data()};
    weights.bias = {DataType::kF32, {layer.output.back()}, values.bias.data()};
  }
  LayerTask task = WholeLayer(layer, std::is_same_v<T, Half> ? DataType::kF16 : DataType::kF32, weights);
  std::vector<AlignedBuffer> inputs;
  for (size_t i = 0; i < values.inputs.size(); ++i) {
    inputs.push_back(BufferOf<T>(values.inputs[i]));
    task.inputs[i].data = inputs.back().data();
  }
  const auto count = static_cast<size_t>(ElementCount(layer.output));
  AlignedBuffer output(count * sizeof(float));
  task.output.data = output.data();
  const std::unique_ptr<Step> step = make_step(task);
  if (!step) return {};
  step->Run();
  if (MakesScores(layer)) return {output.As<float>(), output.As<float>() + count};
  return {output.As<T>(), output.As<T>() + count};
}

// Every operator. Sums are short, so that the bounds of their roundings say something.
std::vector<Layer> Layers() {
  NetworkBuilder net({12, 13, 3});
  Value x = net.Conv("conv", net.kInput, 20, Square(3, 2), Activation::kRelu6);
  for (const auto& [kernel, stride] : {std::pair(3, 1), {3, 2}, {5, 1}, {5, 2}, {7, 1}}) {
    x = net.Depthwise("depthwise_" + std::to_string(kernel) + "_" + std::to_string(stride), x,
                      Square(kernel, stride), Activation::kRelu6);
  }
  x = net.Conv("groups", x, 24, Square(3), Activation::kRelu, 4);
  x = net.Conv("project", x, 18, Square(1), Activation::kNone);
  x = net.Conv("tanh", x, 18, Square(1), Activation::kTanh);
  x = net.Add("add", x, x, Activation::kRelu);
  x = net.MaxPool("max_pool", x, Square(3));
  x = net.AvgPool("average_pool", x, Square(2));
  x = net.Lrn("lrn", x, {});
  x = net.FullyConnected("logits", net.GlobalAvgPool("global_avg_pool", x), 33);
  net.Softmax("softmax", x);
  std::vector<Layer> layers = net.Build().layers;
  layers.push_back(layers.back());
  layers.back().op = Sigmoid{};
  return layers;
}

TEST_CASE("every operator in half floats is within its roundings of f32") {
  const Backends backends = MakeBackends(Threads(), BestIsa(), 0);
  const std::unique_ptr<Backend> scalar = MakeNativeBackend(Threads(), Isa::kScalar);
  const auto run_scalar = [&](const Layer& layer, const LayerValues& values) {
    return RunLayer<float>(layer, values, [&](const LayerTask& task) { return scalar->MakeStep(task); });
  };
  test::Random random(kSeed);
  size_t in_half = 0;
  for (const Layer& layer : Layers()) {
    LayerValues values;
    for (size_t i = 0; i < layer.inputs.size(); ++i) {
      values.inputs.push_back(RandomHalves(random, ElementCount(layer.input)));
    }
    values.weights = RandomHalves(random, Parameters(layer));
    if (!values.weights.empty()) values.bias = RandomHalves(random, layer.output.back());

    std::vector<float> expected = run_scalar(layer, values);
    std::vector<double> bounds(expected.size());
    const bool is_curve = !IsClamp(layer.activation);
    if (is_curve) {
      std::transform(expected.begin(), expected.end(), expected.begin(),
                     [](float x) { return std::tanh(x); });
    }
    if (values.weights.empty() || is_curve) {
      // In f32, whose own errors are small beside that of the one rounding at the end; scores are not
      // rounded.
      for (size_t i = 0; i < bounds.size(); ++i) {
        const double value = std::abs(double{expected[i]});
        bounds[i] = (MakesScores(layer) ? 0 : kUnit * value + kSmallest) + 0x1p-20 * (value + 1);
      }
    } else {
      // Each of K products and additions is rounded at most twice, and none of the sums is larger than those
      // of the magnitudes, and what roundings before have added to them.
      const auto roundings = static_cast<double>(2 * Parameters(layer) / layer.output.back() + 2);
      LayerValues magnitudes = {Magnitudes(values.weights), Magnitudes(values.bias), {}};
      magnitudes.inputs.push_back(Magnitudes(values.inputs[0]));
      Layer sums = layer;
      sums.activation = Activation::kNone;
      const std::vector<float> largest = run_scalar(sums, magnitudes);
      for (size_t i = 0; i < bounds.size(); ++i) {
        bounds[i] = std::expm1(roundings * std::log1p(kUnit)) * double{largest[i]} + roundings * kSmallest;
      }
    }
    const auto require = [&](const std::string& way, const std::vector<float>& output) {
      CAPTURE(way, layer.name, OperatorName(layer));
      REQUIRE(output.size() == expected.size());
      for (size_t i = 0; i < output.size(); ++i) {
        const double difference = std::abs(double{output[i]} - double{expected[i]});
        CAPTURE(i, output[i], expected[i], bounds[i]);
        if (!(difference <= bounds[i])) FAIL("too far off");
      }
    };
    for (const auto& backend : backends.all) {
      if (is_curve) continue;  // a step after it
      const std::vector<float> output =
          RunLayer<Half>(layer, values, [&](const LayerTask& task) { return backend->MakeStep(task); });
      if (output.empty()) continue;
      require(std::string(backend->name()), output);
      in_half += !values.weights.empty();
    }
    require("widened", RunLayer<Half>(layer, values, [&](const LayerTask& task) {
              return MakeWidenedStep(backends, Threads(), task).step;
            }));
  }
  CHECK((in_half >= 8) == ComputesInHalfHere());
  CHECK((in_half == 0) == !ComputesInHalfHere());
}

std::vector<double> LogitsOf(const Plan& plan) {
  const int classes = plan.network().classes;
  if (plan.type() == DataType::kF16) {
    const auto* logits = static_cast<const Half*>(plan.logits());
    return {logits, logits + classes};
  }
  const auto* logits = static_cast<const float*>(plan.logits());
  return {logits, logits + classes};
}

double RootMeanSquare(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return std::sqrt(sum / static_cast<double>(values.size()));
}

ModelFile RealModel(const test::TemporaryFolder& folder, const std::string& architecture, int resolution) {
  const std::string path = folder / (architecture + ".safetensors");
  test::WriteSyntheticModel(
      path, {.resolution = resolution, .classes = 11, .seed = 7, .architecture = architecture});
  return ModelFile::Open(path);
}

TEST_CASE("a network in half floats answers as in f32, in half the memory") {
  const test::TemporaryFolder folder;
  for (const char* architecture : {"mobilenet_v1", "mobilenet_v2"}) {
    const ModelFile file = RealModel(folder, architecture, 96);
    for (const BackendChoice backend : BackendChoices()) {
      if (!ComputesInHalfHere(backend)) continue;
      Plan real(file, {.backend = backend, .precision = DataType::kF32, .isa = BestIsa()});
      Plan half(file, {.backend = backend, .precision = DataType::kF16, .isa = BestIsa()});
      CHECK(half.type() == DataType::kF16);
      CHECK(half.feature_map_bytes() <= real.feature_map_bytes() / 2 + 1024);
      const auto scores = Scores(half);
      Scores(real);
      size_t roundings = 0;
      for (size_t i = 0; i < half.network().layers.size(); ++i) {
        const Layer& layer = half.network().layers[i];
        CAPTURE(architecture, layer.name, half.LayerRuns()[i].kernel);
        if (Parameters(layer) == 0) continue;
        CHECK(half.LayerRuns()[i].kernel.find("_f16") != std::string::npos);
        roundings += static_cast<size_t>(Parameters(layer) / layer.output.back());
      }
      // A layer with K products rounds K sums, each by an error of at most 2^-11 of it to either side:
      // sqrt(K) of them add up. Layers hand on the relative error of what they read, and their own errors are
      // as independent as those of the sums: sqrt of all K.
      std::vector<double> differences = LogitsOf(half);
      const std::vector<double> logits = LogitsOf(real);
      for (size_t c = 0; c < logits.size(); ++c) differences[c] -= logits[c];
      CAPTURE(architecture, roundings, RootMeanSquare(differences), RootMeanSquare(logits));
      CHECK(RootMeanSquare(logits) > 0.1);
      CHECK(RootMeanSquare(differences) > 0);
      // With random weights, V2 enlarges every rounding from block to block; with true ones such a network
      // does not (lite_golden_test.cc).
      if (std::string(architecture) == "mobilenet_v1") {
        CHECK(RootMeanSquare(differences) <=
              kUnit * std::sqrt(static_cast<double>(roundings)) * RootMeanSquare(logits));
      }

      for (const int64_t cache_bytes : {int64_t{1} << 15, int64_t{1} << 18}) {
        for (const int threads : {1, 3}) {
          CAPTURE(cache_bytes, threads);
          Plan cut(file, {.backend = backend,
                          .precision = DataType::kF16,
                          .threads = threads,
                          .isa = BestIsa(),
                          .cache_bytes = cache_bytes});
          CHECK(Scores(cut) == scores);
        }
      }
    }
  }
}

TEST_CASE("a file of half floats runs in f32 unless asked for, and rounds to the same in half floats") {
  const test::TemporaryFolder folder;
  const ModelFile file = RealModel(folder, "mobilenet_v1", 64);
  const ModelFile halves = HalveModel(file, Plan(file, {}).network(), folder / "half.safetensors", "");
  Plan real(halves, {.isa = BestIsa()});
  CHECK(real.type() == DataType::kF32);
  if (!ComputesInHalfHere()) return;
  Plan of_floats(file, {.precision = DataType::kF16, .isa = BestIsa()});
  Plan of_halves(halves, {.precision = DataType::kF16, .isa = BestIsa()});
  CHECK(Scores(of_floats) == Scores(of_halves));
  CHECK(Scores(of_halves) != Scores(real));
}

TEST_CASE("what cannot run in half floats is refused by name") {
  const test::TemporaryFolder folder;
  const auto message = [](const ModelFile& file, const PlanOptions& options) {
    try {
      Plan plan(file, options);
    } catch (const Error& error) {
      return std::string(error.what()).substr(file.path().size());
    }
    return std::string("no error");
  };
  for (const auto quantization : {WeightQuantization::kU8PerTensor, WeightQuantization::kS8PerChannel}) {
    const std::string path = folder / "quantized.safetensors";
    test::WriteSyntheticModel(path, {.quantization = quantization});
    const std::string type(DataTypeName(StoredType(quantization)));
    CHECK(message(ModelFile::Open(path), {.precision = DataType::kF16}) ==
          ": cannot run a file of " + type + " weights as f16 (f32 or " + type +
              "; f16 takes weights of floats)");
  }
  const ModelFile real = RealModel(folder, "mobilenet_v1", 32);
  CHECK(message(real, {.backend = BackendChoice::kNative, .precision = DataType::kF16}) ==
        ": cannot run as f16: no native kernels of half floats for this CPU (f32 runs everywhere)");
  if (!ComputesInHalfHere()) {
    CHECK(message(real, {.precision = DataType::kF16, .isa = BestIsa()}) ==
          ": cannot run as f16: no kernels of half floats for this CPU (f32 runs everywhere)");
    return;
  }
  test::SafetensorsContents contents = test::SyntheticModel({});
  const std::string path = folder / "large.safetensors";
  constexpr float kTooLarge = 65520;
  std::memcpy(contents.Find("conv_pw_3.bias").data.data() + 5 * sizeof kTooLarge, &kTooLarge,
              sizeof kTooLarge);
  test::WriteFileBytes(path, contents.File());
  CHECK(message(ModelFile::Open(path), {.precision = DataType::kF16, .isa = BestIsa()}) ==
        ": conv_pw_3.bias: 65520 is more than half floats hold, 65504 (stays in f32)");
}

}  // namespace
}  // namespace mobilenet
