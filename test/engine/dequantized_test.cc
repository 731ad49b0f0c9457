// Quantised files run as float (`--precision f32`): the weights are dequantised when they are loaded.
#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/engine/native_backend.h"
#include "src/engine/plan.h"
#include "src/engine/thread_pool.h"
#include "test/engine/seeded_picture.h"
#include "test/support/catch.h"
#include "test/support/files.h"
#include "test/support/synthetic_model.h"

namespace mobilenet {
namespace {

using FloatMap = std::vector<float>;

// What the layer writes for these inputs, one per value that it reads, in the type `T`.
template <typename T>
std::vector<T> RunLayer(const ModelFile& file, const Network& network, size_t index, DataType type,
                        const std::vector<Quantization>& quantizations,
                        const std::vector<std::vector<T>>& values) {
  const Layer& layer = network.layers[index];
  const LoadedWeights weights = LoadLayerWeights(file, layer, type, quantizations[layer.inputs[0]]);
  LayerTask task = WholeLayer(layer, type, weights.views);
  std::vector<AlignedBuffer> inputs;
  for (size_t i = 0; i < layer.inputs.size(); ++i) {
    const std::vector<T>& value = values[layer.inputs[i]];
    inputs.emplace_back(value.size() * sizeof(T));
    std::memcpy(inputs.back().data(), value.data(), value.size() * sizeof(T));
    task.inputs[i].data = inputs.back().data();
    task.inputs[i].quantization = quantizations[layer.inputs[i]];
  }
  std::vector<T> output(static_cast<size_t>(ElementCount(layer.output)));
  task.output.data = output.data();
  task.output.quantization = quantizations[index + 1];
  const ThreadPool threads(1);
  MakeNativeBackend(threads, BestIsa())->MakeStep(task)->Run();
  return output;
}

template <typename T>
FloatMap Dequantized(const std::vector<T>& values, const Quantization& quantization) {
  FloatMap real;
  for (const T value : values) {
    real.push_back(quantization.scale *
                   static_cast<float>(static_cast<int>(value) - quantization.zero_point));
  }
  return real;
}

template <typename T>
void RequireHalfAStep(const std::string& path, const test::SyntheticModelOptions& options) {
  test::WriteSyntheticModel(path, options);
  const ModelFile file = ModelFile::Open(path);
  const Network network = NetworkOf(file);
  const std::vector<Quantization> quantizations = ValueQuantizations(file, network);
  Plan quantized(file, {.backend = BackendChoice::kNative, .isa = BestIsa()});
  FillInput(quantized);
  const auto* picture = static_cast<const T*>(quantized.input());
  std::vector<std::vector<T>> values = {{picture, picture + ElementCount(network.layers[0].input)}};
  std::vector<FloatMap> dequantized = {Dequantized(values[0], quantizations[0])};
  std::vector<FloatMap> floats = dequantized;  // for a network that is float from the picture on
  for (size_t i = 0; i + 1 < network.layers.size(); ++i) {
    CAPTURE(options.architecture, DataTypeName(quantized.type()), network.layers[i].name);
    const Quantization& quantization = quantizations[i + 1];
    values.push_back(RunLayer<T>(file, network, i, quantized.type(), quantizations, values));
    dequantized.push_back(Dequantized(values.back(), quantization));
    floats.push_back(RunLayer<float>(file, network, i, DataType::kF32, quantizations, floats));

    // On the same inputs, the float layer equals the quantised one before that rounds to a step: within half
    // of one, and a hundredth for the rounding of float itself in sums of hundreds of products. What the type
    // cannot hold, it clamps.
    const FloatMap exact = RunLayer<float>(file, network, i, DataType::kF32, quantizations, dequantized);
    const float low =
        quantization.scale * static_cast<float>(std::numeric_limits<T>::min() - quantization.zero_point);
    const float high =
        quantization.scale * static_cast<float>(std::numeric_limits<T>::max() - quantization.zero_point);
    float largest = 0;
    for (size_t k = 0; k < exact.size(); ++k) {
      largest = std::max(largest, std::abs(std::clamp(exact[k], low, high) - dequantized.back()[k]));
    }
    CHECK(largest <= 0.51f * quantization.scale);
  }

  // Half a step per layer adds up to more or less in the scores, depending on the weights; but the plan
  // equals this chain of layers, bit for bit.
  Plan real(file, {.backend = BackendChoice::kNative, .precision = DataType::kF32, .isa = BestIsa()});
  CHECK(real.type() == DataType::kF32);
  FillInput(real);
  real.Run();
  CHECK(std::memcmp(real.logits(), floats.back().data(), floats.back().size() * sizeof(float)) == 0);
  quantized.Run();
  CHECK(std::memcmp(quantized.logits(), values.back().data(), values.back().size()) == 0);
}

TEST_CASE("a quantised file runs as float: every layer as before rounding, layer after layer") {
  const test::TemporaryFolder folder;
  const std::string path = folder / "model.safetensors";
  for (const char* architecture : {"mobilenet_v1", "mobilenet_v2", "efficientnet_lite0"}) {
    const bool has_widths = std::string(architecture) != "efficientnet_lite0";
    test::SyntheticModelOptions options = {.width_multiplier = has_widths ? 0.25 : 1.0,
                                           .resolution = 64,
                                           .classes = 11,
                                           .quantization = WeightQuantization::kU8PerTensor,
                                           .architecture = architecture};
    RequireHalfAStep<uint8_t>(path, options);
    options.quantization = WeightQuantization::kS8PerChannel;
    RequireHalfAStep<int8_t>(path, options);
  }
}

}  // namespace
}  // namespace mobilenet
