// Quantisation after training: scales, biases and their correction by hand, and small networks as a whole.
#include "src/engine/quantize.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "models/layer_list.h"
#include "src/engine/equalize.h"
#include "src/engine/model_network.h"
#include "src/engine/quantization_loss.h"
#include "src/weights/checksum.h"
#include "test/engine/seeded_picture.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

constexpr Quantization kInput = {0.5f, 3};

Layer PointwiseLayer(int64_t inputs, int64_t outputs, int groups = 1) {
  return {"layer", Conv{{}, groups}, Activation::kNone, {1, 1, inputs}, {1, 1, outputs}, {0}};
}

QuantizedWeights Quantize(const Layer& layer, const std::vector<float>& weights,
                          const std::vector<float>& bias, const std::vector<double>& means) {
  return QuantizeWeights(layer, weights.data(), bias.data(), kInput, means);
}

TEST_CASE("weights have a scale for each output channel, and the bias takes back what rounding them shifts") {
  // Channel 0 is exact: 127 steps of 1/64. Channel 1 rounds 0.3 to 38 steps of 1/127, which is 0.2992.
  const auto quantized =
      Quantize(PointwiseLayer(2, 2), {127.0f / 64, -1.0f, 1.0f, 0.3f}, {2.0f, -1.0f}, {4.0, 100.0});
  CHECK(quantized.weights == std::vector<int8_t>{127, -64, 127, 38});
  CHECK(quantized.scales == std::vector<float>{1.0f / 64, 1.0f / 127});
  const double shift = (38.0 / 127 - 0.3) * 100;
  CHECK(quantized.bias[0] == 256);  // 2 / (0.5 / 64)
  CHECK(quantized.bias[1] == std::lround((-1 - shift) / (0.5 / 127)));
  CHECK(quantized.bias[1] != -254);  // it would be without the correction
}

TEST_CASE("each group, depthwise channel and pixel of a fully connected layer is corrected by its own mean") {
  const float rounded = 0.3f;  // 38.1 steps of 1/127
  const double error = 38.0 / 127 - static_cast<double>(rounded);
  const auto corrected = [&](double mean) { return static_cast<int32_t>(std::lround(-error * mean * 254)); };
  // Two groups of two channels; the second weight of each is the one that is rounded.
  const auto grouped =
      Quantize(PointwiseLayer(4, 2, 2), {1, rounded, 1, rounded}, {0, 0}, {1000, 2000, 3000, 9000});
  CHECK(grouped.bias == std::vector<int32_t>{corrected(2000), corrected(9000)});
  // [KH, KW, C]: channel 0 is {1, rounded}, channel 1 {1, 1}.
  const Layer depthwise = {"layer", Depthwise{{2, 1, 1}}, Activation::kNone, {2, 1, 2}, {1, 1, 2}, {0}};
  const auto of_depthwise = Quantize(depthwise, {1, 1, rounded, 1}, {0, 0}, {5000, 7000});
  CHECK(of_depthwise.weights == std::vector<int8_t>{127, 127, 38, 127});
  CHECK(of_depthwise.bias == std::vector<int32_t>{corrected(5000), 0});
  const Layer connected = {"layer", FullyConnected{}, Activation::kNone, {2, 1, 2}, {1, 1, 1}, {0}};
  CHECK(Quantize(connected, {1, rounded, 1, rounded}, {0}, {10, 4000}).bias ==
        std::vector<int32_t>{corrected(8000)});
}

TEST_CASE("what meets inputs that are alike is rounded together: a window, and the colours of a picture") {
  // Four weights of 0.4 steps are nothing by themselves, and 1.6 steps together. One of 127 gives the scale.
  const float part = 0.4f / 127;
  const Layer depthwise = {"layer", Depthwise{{5, 1, 1}}, Activation::kNone, {5, 1, 1}, {1, 1, 1}, {1}};
  CHECK(Quantize(depthwise, {1, part, part, part, part}, {0}, {0}).weights ==
        std::vector<int8_t>{127, 1, 1, 0, 0});
  // [KH, KW, IC]: channel 0 has two of them, channel 1 one, which is nothing by itself. As a picture's
  // channels all three are 1.2 steps, and the first becomes one.
  const std::vector<float> weights = {1, part, part, 0, part, 0, 0, 0, 0, 0};
  Layer conv = {"layer", Conv{{5, 1, 1}, 1}, Activation::kNone, {5, 1, 2}, {1, 1, 1}, {1}};
  CHECK(Quantize(conv, weights, {0}, {0, 0}).weights == std::vector<int8_t>{127, 0, 1, 0, 0, 0, 0, 0, 0, 0});
  conv.inputs = {0};
  CHECK(Quantize(conv, weights, {0}, {0, 0}).weights == std::vector<int8_t>{127, 1, 0, 0, 0, 0, 0, 0, 0, 0});
  // Channels of any other map are not alike.
  CHECK(Quantize({"layer", FullyConnected{}, Activation::kNone, {1, 1, 5}, {1, 1, 1}, {0}},
                 {1, part, part, part, part}, {0}, {0, 0, 0, 0, 0})
            .weights == std::vector<int8_t>{127, 0, 0, 0, 0});
}

TEST_CASE("the bias of a dead channel fits into 32 bits") {
  for (const float weight : {0.0f, 1e-20f, std::numeric_limits<float>::denorm_min()}) {
    CAPTURE(weight);
    const auto quantized = Quantize(PointwiseLayer(1, 2), {weight, weight}, {-3.0f, 0.0f}, {1.0});
    CHECK(std::isnormal(quantized.scales[0]));
    CHECK(std::isnormal(quantized.scales[1]));
    const double real = double{quantized.scales[0]} * double{kInput.scale} * quantized.bias[0];
    CHECK(std::abs(real + 3) < 1e-6);
    CHECK(std::abs(int64_t{quantized.bias[0]}) <= std::numeric_limits<int32_t>::max() - 255 * 255);
    CHECK(quantized.bias[1] == 0);
  }
}

TEST_CASE(
    "maps have the range of the calibration, with 0 exact, and pools and free concatenations share one") {
  const Network network = ParseLayers(
      R"([{"name": "a", "operator": "conv", "inputs": ["input"], "channels": 2, "kernel": [1, 1], "padding": "same"},
          {"name": "b", "operator": "conv", "inputs": ["a"], "channels": 2, "kernel": [1, 1], "padding": "same"},
          {"name": "c", "operator": "conv", "inputs": ["a"], "channels": 2, "kernel": [1, 1], "padding": "same"},
          {"name": "join", "operator": "concat", "inputs": ["b", "c", "a"]},
          {"name": "largest", "operator": "max_pool", "inputs": ["join"], "kernel": [2, 2], "stride": 2, "padding": "same"},
          {"name": "mean", "operator": "avg_pool", "inputs": ["largest"]},
          {"name": "logits", "operator": "fully_connected", "inputs": ["mean"], "channels": 3},
          {"name": "scores", "operator": "softmax", "inputs": ["logits"]}])",
      {4, 4, 3}, "test");
  std::vector<ValueStatistics> statistics(8);
  const auto set = [&](Value value, float min, float max) {
    statistics[value].min = min;
    statistics[value].max = max;
  };
  set(0, -1.0f, 1.0f);
  set(1, 0.0f, 255.0f);   // a, which c and the concatenation read: its own
  set(2, -4.0f, 30.0f);   // b and c: one with the concatenation and the pool after it
  set(3, -20.0f, 10.0f);  //
  set(4, -20.0f, 235.0f);
  set(5, -20.0f, 235.0f);
  set(6, 0.0f, 0.0f);  // nothing but zeros
  set(7, -51.0f, 0.0f);
  const auto found = ChooseQuantizations(network, statistics);
  REQUIRE(found.size() == 8);
  CHECK(found[0].scale == static_cast<float>(2.0 / 255));
  CHECK(found[1].scale == 1.0f);
  CHECK(found[1].zero_point == -128);
  for (const Value value : {2, 3, 4, 5}) {
    CAPTURE(value);
    CHECK(found[value].scale == 1.0f);
    CHECK(found[value].zero_point == -108);
  }
  CHECK(found[6].scale == 1.0f);
  CHECK(found[6].zero_point == 0);
  CHECK(found[7].scale == 0.2f);
  CHECK(found[7].zero_point == 127);
}

TEST_CASE("channels of linear maps have factors, which all that add them up share, and others have none") {
  const Network network = ParseLayers(
      R"([{"name": "a", "operator": "conv", "inputs": ["input"], "channels": 2, "kernel": [1, 1], "padding": "same"},
          {"name": "b", "operator": "conv", "inputs": ["a"], "channels": 2, "kernel": [1, 1], "padding": "same", "activation": "relu6"},
          {"name": "c", "operator": "conv", "inputs": ["b"], "channels": 2, "kernel": [1, 1], "padding": "same"},
          {"name": "sum", "operator": "add", "inputs": ["a", "c"]},
          {"name": "d", "operator": "conv", "inputs": ["sum"], "channels": 3, "kernel": [1, 1], "padding": "same", "activation": "relu"},
          {"name": "e", "operator": "conv", "inputs": ["d"], "channels": 3, "kernel": [1, 1], "padding": "same"},
          {"name": "join", "operator": "concat", "inputs": ["d", "e"]},
          {"name": "f", "operator": "conv", "inputs": ["join"], "channels": 2, "kernel": [1, 1], "padding": "same", "activation": "relu"},
          {"name": "mean", "operator": "avg_pool", "inputs": ["f"]},
          {"name": "logits", "operator": "fully_connected", "inputs": ["mean"], "channels": 3},
          {"name": "scores", "operator": "softmax", "inputs": ["logits"]}])",
      {4, 4, 3}, "test");
  CHECK(CanBeEqualized(network) ==
        std::vector<bool>{false, true, false, true, true, false, false, false, true, true, false});
  std::vector<ValueStatistics> statistics(11);
  for (Value value = 0; value < statistics.size(); ++value) {
    const auto channels = static_cast<size_t>(ShapeOf(network, value).back());
    statistics[value].channel_means.resize(channels);
    statistics[value].channel_mins.resize(channels);
    statistics[value].channel_maxes.resize(channels);
  }
  statistics[1].channel_maxes = {1, 2};
  statistics[3].channel_mins = {-4, -1};  // 4 of the group's largest, 36 of the other's
  statistics[4].channel_maxes = {3, 36};
  statistics[8].channel_maxes = {0, 5};  // a dead channel
  const ChannelFactors factors = Equalize(network, statistics);
  for (const Value value : {1, 3, 4}) CHECK(factors[value] == std::vector<float>{3, 1});
  for (const Value value : {0, 2, 5, 6, 7, 10}) CHECK(factors[value].empty());
  for (const Value value : {8, 9}) CHECK(factors[value] == std::vector<float>{16, 1});
}

// Statistics of the seeded picture.
std::vector<ValueStatistics> Calibrated(const ModelFile& file, int threads) {
  Plan plan(file, CalibrationPlanOptions(threads));
  Calibration calibration(plan.network());
  FillInput(plan);
  plan.RunObserved([&](Value value, const Operand& map) { calibration.Add(value, map); });
  return calibration.Statistics(file.path());
}

// With every operator that 8 bits can express.
const char* const kLayers =
    R"([{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 16, "kernel": [3, 3],
         "stride": 2, "padding": "same", "activation": "relu6"},
        {"name": "depthwise", "operator": "depthwise", "inputs": ["conv1"], "kernel": [3, 3],
         "padding": "same", "activation": "relu6"},
        {"name": "project", "operator": "conv", "inputs": ["depthwise"], "channels": 16, "kernel": [1, 1], "padding": "same"},
        {"name": "add", "operator": "add", "inputs": ["conv1", "project"], "activation": "relu"},
        {"name": "left", "operator": "conv", "inputs": ["add"], "channels": 8, "kernel": [1, 1], "groups": 2, "padding": "same"},
        {"name": "largest", "operator": "max_pool", "inputs": ["add"], "kernel": [3, 3], "padding": "same"},
        {"name": "around", "operator": "average_pool", "inputs": ["add"], "kernel": [3, 3],
         "padding": "same"},
        {"name": "join", "operator": "concat", "inputs": ["left", "largest", "around"]},
        {"name": "mean", "operator": "avg_pool", "inputs": ["join"]},
        {"name": "logits", "operator": "fully_connected", "inputs": ["mean"], "channels": 10},
        {"name": "scores", "operator": "softmax", "inputs": ["logits"]}])";

TEST_CASE("a quantised network equals the float one, except for some noise, and its file says the same") {
  const test::TemporaryFolder folder;
  for (const char* const layers : {"", kLayers}) {
    const bool is_own = *layers != '\0';
    CAPTURE(is_own);
    test::SyntheticModelOptions options;
    options.layers = layers;
    if (is_own) options.architecture = "own";
    const ModelFile file = ModelFile::Open(test::WriteSyntheticModel(folder / "f32.safetensors", options));
    const Network network = NetworkOf(file);
    CheckCanBeQuantized(file, network);
    const auto statistics = Calibrated(file, 1);
    const ModelFile quantized =
        QuantizeModel(file, network, statistics, "s8.safetensors", R"({"files": "f32"})");
    CHECK(quantized.quantization() == WeightQuantization::kS8PerChannel);
    CHECK(quantized.labels() == file.labels());
    CHECK(quantized.layers() == file.layers());
    CHECK(quantized.architecture() == file.architecture());
    CHECK(quantized.metadata().at("mobilenet.preprocess") == file.metadata().at("mobilenet.preprocess"));
    CHECK(quantized.metadata().at("mobilenet.source") == R"({"files": "f32"})");
    CHECK(quantized.metadata().at("mobilenet.checksum") != file.metadata().at("mobilenet.checksum"));

    Plan real(file, CalibrationPlanOptions(1));
    Plan in_8_bits(quantized, {});
    QuantizationLoss loss(real, in_8_bits, Equalize(network, statistics));
    FillInput(real);
    FillInput(in_8_bits);
    loss.AddPhotograph();
    CHECK(loss.photographs() == 1);
    for (Value value = 0; value < network.layers.size(); ++value) {
      CAPTURE(value);
      CHECK(loss.SqnrDb(value) > 10);
    }
    CHECK_THROWS_WITH(CheckCanBeQuantized(quantized, network),
                      "s8.safetensors: already quantised, to s8 (a file with f32 weights is needed)");
  }
}

// Stands for bytes: the same numbers on x86-64, aarch64 and armhf, or whatever differs there differs from
// these.
std::string AllMaps(const ModelFile& file, const PlanOptions& options) {
  Plan plan(file, options);
  FillInput(plan);
  std::vector<std::byte> bytes;
  plan.RunObserved([&](Value, const Operand& map) {
    const int64_t channels = map.shape.back();
    const auto* pixel = static_cast<const std::byte*>(map.data);
    for (int64_t i = 0; i < ElementCount(map.shape) / channels; ++i, pixel += map.pixel_stride) {
      bytes.insert(bytes.end(), pixel, pixel + channels);
    }
  });
  return WeightsChecksum(bytes);
}

TEST_CASE("a network quantised here has the same bytes, and every map the same bits, on every machine") {
  const test::TemporaryFolder folder;
  struct Case {
    const char* layers;
    const char* file;
    const char* maps;
  };
  for (const auto& [layers, checksum, maps] :
       {Case{"", "sums64:1966c5c1e28a156bb50df6b874c612f3", "sums64:2bf6cb9bf4fc409d36154aec54bd952a"},
        Case{kLayers, "sums64:ae1697c3c1a89d546ddf1cf6c6646cae",
             "sums64:8bc39e1c1e4eae6989ed591af3303a58"}}) {
    test::SyntheticModelOptions options;
    options.layers = layers;
    if (*layers != '\0') options.architecture = "own";
    const ModelFile file = ModelFile::Open(test::WriteSyntheticModel(folder / "f32.safetensors", options));
    const ModelFile quantized =
        QuantizeModel(file, NetworkOf(file), Calibrated(file, 1), "s8.safetensors", "{}");
    CHECK(quantized.Checksum() == checksum);
    for (const BackendChoice backend : BackendChoices()) {
      for (const Isa isa : kAllIsas) {
        if (!CanRun(isa)) continue;
        for (const int threads : {1, 3}) {
          CAPTURE(layers, static_cast<int>(backend), IsaName(isa), threads);
          CHECK(AllMaps(quantized, {.backend = backend, .threads = threads, .isa = isa}) == maps);
        }
      }
    }
  }
}

TEST_CASE("the quantised file does not depend on the number of threads") {
  const test::TemporaryFolder folder;
  const ModelFile file = ModelFile::Open(test::WriteSyntheticModel(folder / "f32.safetensors", {}));
  const auto bytes = [&](int threads) {
    const ModelFile quantized =
        QuantizeModel(file, NetworkOf(file), Calibrated(file, threads), "s8.safetensors", "{}");
    return std::vector<std::byte>(quantized.bytes().begin(), quantized.bytes().end());
  };
  const auto one = bytes(1);
  CHECK(bytes(2) == one);
  CHECK(bytes(3) == one);
}

TEST_CASE("what calibration sees is every value, those in one piece of memory too") {
  const test::TemporaryFolder folder;
  test::SyntheticModelOptions options;
  options.layers = kLayers;
  options.architecture = "own";
  const ModelFile file = ModelFile::Open(test::WriteSyntheticModel(folder / "f32.safetensors", options));
  Plan plan(file, CalibrationPlanOptions(1));
  FillInput(plan);
  std::vector<Value> seen;
  plan.RunObserved([&](Value value, const Operand& map) {
    seen.push_back(value);
    CHECK(map.shape == ShapeOf(plan.network(), value));
  });
  for (Value value = 0; value < plan.network().layers.size(); ++value) CHECK(seen.at(value) == value);
  CHECK(seen.size() == plan.network().layers.size());
}

TEST_CASE("a network whose weights are not numbers is not quantised") {
  const test::TemporaryFolder folder;
  const ModelFile file = ModelFile::Open(test::WriteSyntheticModel(folder / "f32.safetensors", {}));
  Plan plan(file, CalibrationPlanOptions(1));
  Calibration calibration(plan.network());
  std::vector<float> map(static_cast<size_t>(ElementCount(ShapeOf(plan.network(), 1))), 1.0f);
  map[5] = std::numeric_limits<float>::quiet_NaN();
  calibration.Add(1, MakeOperand(ShapeOf(plan.network(), 1), {}, map.data()));
  CHECK_THROWS_WITH(calibration.Statistics("f32"),
                    "f32: the output of conv1 is infinite or not a number (the weights are damaged, or never "
                    "worked)");
}

}  // namespace
}  // namespace mobilenet
