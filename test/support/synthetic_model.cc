#include "test/support/synthetic_model.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <random>
#include <span>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "models/layer_list.h"
#include "models/registry.h"
#include "src/base/number_text.h"
#include "src/base/str_cat.h"
#include "src/weights/checksum.h"
#include "test/support/files.h"

namespace mobilenet::test {
namespace {

// Little-endian, as safetensors requires, on any machine.
template <typename Integer>
std::string IntegerBytes(const std::vector<Integer>& values) {
  std::string bytes;
  for (const Integer value : values) {
    for (size_t i = 0; i < sizeof value; ++i)
      bytes += static_cast<char>(static_cast<uint32_t>(value) >> 8 * i & 255);
  }
  return bytes;
}

std::string FloatBytes(const std::vector<float>& values) {
  std::vector<uint32_t> bits;
  for (const float value : values) bits.push_back(std::bit_cast<uint32_t>(value));
  return IntegerBytes(bits);
}

// The distributions of <random> differ between libraries; the generator does not. Not base/random.h: tests
// depend on what follows from these numbers.
class WeightRandom {
 public:
  explicit WeightRandom(uint32_t seed) : generator_(seed) {}

  double Uniform(double low, double high) {
    return low + (high - low) * static_cast<double>(generator_() >> 8) / (1 << 24);
  }
  int Integer(int low, int high) {
    return low + static_cast<int>(generator_() % static_cast<uint32_t>(high - low + 1));
  }

 private:
  std::mt19937 generator_;
};

struct RealWeights {
  Shape shape;
  int64_t channels = 0;
  bool channels_innermost = false;  // depthwise: [KH, KW, C]
  std::vector<double> weights;
  std::vector<double> bias;  // [channels]

  // The output channel that weight i belongs to.
  size_t Channel(size_t i) const {
    const size_t count = static_cast<size_t>(channels);
    return channels_innermost ? i % count : i / (weights.size() / count);
  }
};

RealWeights RandomWeights(const Layer& layer, bool is_deep, WeightRandom& random) {
  RealWeights real;
  real.shape = WeightsShape(layer);
  real.channels = layer.output.back();
  real.channels_innermost = std::holds_alternative<Depthwise>(layer.op);
  const auto count = static_cast<size_t>(ElementCount(real.shape));
  const size_t channels = static_cast<size_t>(real.channels);
  const size_t fan_in = count / channels;
  const auto bias_limit = 0.2;
  // What is added to something else is smaller than that.
  const bool is_added = std::holds_alternative<Conv>(layer.op) && layer.activation == Activation::kNone;
  const double bias = !is_deep ? 0 : is_added ? 0.5 : layer.activation == Activation::kRelu ? 1 : 0;
  for (size_t i = 0; i < channels; ++i) {
    real.bias.push_back(bias + random.Uniform(-bias_limit, bias_limit));
  }
  if (real.channels_innermost) {
    // Mostly the centre: maps of a single pixel use no other weight, and must not fade.
    for (size_t i = 0; i < count; ++i) {
      const bool is_centre = i / channels == fan_in / 2;
      real.weights.push_back(is_centre ? random.Uniform(0.7, 1.5) : random.Uniform(-0.25, 0.25));
    }
    return real;
  }
  // The gains keep the standard deviation near 2 or 3 through 13 pairs (He et al. 2015: variance 2 / fan_in
  // for ReLU; ReLU6 and the subtracted mean below need more), where ReLU6 clamps at both ends.
  const bool is_first = std::holds_alternative<Conv>(layer.op) && layer.inputs[0] == 0;
  double gain = is_first ? 18 : std::holds_alternative<Conv>(layer.op) ? 3 : 6;
  // 4/3: with a bias of 1, the variance of ReLU's output is 3/4 of its input's.
  if (is_deep) gain = is_first ? 4 : is_added ? 1.0 / 3 : 4.0 / 3;
  const double limit = std::sqrt(3 * gain / static_cast<double>(fan_in));  // of a uniform distribution
  for (size_t i = 0; i < count; ++i) real.weights.push_back(random.Uniform(-limit, limit));
  if (is_first) return real;
  // What all input channels have in common says little about the picture; if it were kept, it would grow from
  // layer to layer until every picture had the same logits.
  for (size_t begin = 0; begin < count; begin += fan_in) {
    double mean = 0;
    for (size_t i = begin; i < begin + fan_in; ++i) mean += real.weights[i] / static_cast<double>(fan_in);
    for (size_t i = begin; i < begin + fan_in; ++i) real.weights[i] -= mean;
  }
  return real;
}

struct Activations {
  float scale = 1;
  int zero_point = 0;
};

// Builds the tensors; those of 4-byte elements stay aligned by coming first.
class Builder {
 public:
  explicit Builder(WeightQuantization quantization) : quantization_(quantization) {}

  void AddActivations(const std::string& name, const Activations& activations) {
    AddFloats(name + ".scale", {1}, {activations.scale});
    AddWords(name + ".zero_point", {1}, {activations.zero_point});
  }

  void AddFloatLayer(const std::string& name, const RealWeights& real) {
    AddFloats(name + ".weights", real.shape, {real.weights.begin(), real.weights.end()});
    AddFloats(name + ".bias", {real.channels}, {real.bias.begin(), real.bias.end()});
  }

  void AddQuantizedLayer(const std::string& name, const RealWeights& real, float input_scale,
                         WeightRandom& random) {
    const bool is_u8 = quantization_ == WeightQuantization::kU8PerTensor;
    std::vector<double> largest(is_u8 ? 1 : static_cast<size_t>(real.channels));
    const auto scale_index = [&](size_t i) { return is_u8 ? 0 : real.Channel(i); };
    for (size_t i = 0; i < real.weights.size(); ++i) {
      double& value = largest[scale_index(i)];
      value = std::max(value, std::abs(real.weights[i]));
    }
    // Not in the middle of uint8, so that code which forgets it fails; int8 weights are symmetric.
    const int zero_point = is_u8 ? random.Integer(120, 136) : 0;
    std::vector<float> scales;
    for (const double value : largest) scales.push_back(static_cast<float>(value / (is_u8 ? 119 : 127)));

    std::vector<int32_t> weights;
    for (size_t i = 0; i < real.weights.size(); ++i) {
      weights.push_back(zero_point + Round(real.weights[i] / static_cast<double>(scales[scale_index(i)])));
    }
    std::vector<int32_t> bias;
    for (size_t oc = 0; oc < real.bias.size(); ++oc) {
      const double scale = static_cast<double>(input_scale) * static_cast<double>(scales[is_u8 ? 0 : oc]);
      bias.push_back(Round(real.bias[oc] / scale));
    }
    AddFloats(name + ".weights.scale", {static_cast<int64_t>(scales.size())}, scales);
    AddWords(name + ".weights.zero_point", {1}, {zero_point});
    AddWords(name + ".bias", {real.channels}, bias);
    std::string bytes;
    for (const int32_t weight : weights) bytes += static_cast<char>(weight & 255);
    byte_tensors_.push_back({name + ".weights", is_u8 ? "U8" : "I8", real.shape, std::move(bytes)});
  }

  std::vector<TensorContents> TakeTensors() {
    for (TensorContents& tensor : byte_tensors_) tensors_.push_back(std::move(tensor));
    return std::move(tensors_);
  }

 private:
  static int32_t Round(double value) { return static_cast<int32_t>(std::lround(value)); }

  void AddFloats(std::string name, Shape shape, const std::vector<float>& values) {
    tensors_.push_back({std::move(name), "F32", std::move(shape), FloatBytes(values)});
  }
  void AddWords(std::string name, Shape shape, const std::vector<int32_t>& values) {
    tensors_.push_back({std::move(name), "I32", std::move(shape), IntegerBytes(values)});
  }

  WeightQuantization quantization_;
  std::vector<TensorContents> tensors_;
  std::vector<TensorContents> byte_tensors_;
};

std::map<std::string, std::string> Metadata(const SyntheticModelOptions& options) {
  std::string labels = "[";
  for (int i = 0; i < options.classes; ++i)
    labels += (i ? ", \"class " : "\"class ") + std::to_string(i) + "\"";
  labels += "]";
  // As in the published networks: 127.5 for float ones, 128 for quantised ones.
  const std::string mean = options.quantization == WeightQuantization::kNone ? "127.5" : "128";
  const bool is_grey = options.layers.empty() && FindArchitecture(options.architecture).channels == 1;
  const std::string numbers = "[" + (is_grey ? mean : mean + ", " + mean + ", " + mean) + "]";
  const std::string preprocess = StrCat(
      "{\"color\": \"", is_grey ? "grey" : "rgb",
      "\", \"resize\": \"crop\", \"crop_fraction\": 0.875, \"interpolation\": \"bilinear\", \"mean\": ",
      numbers, ", \"std\": ", numbers, "}");
  std::map<std::string, std::string> metadata = {
      {"mobilenet.format", "1"},
      {"mobilenet.architecture", options.architecture},
      {"mobilenet.width_multiplier", ShortestText(options.width_multiplier)},
      {"mobilenet.resolution", std::to_string(options.resolution)},
      {"mobilenet.classes", std::to_string(options.classes)},
      {"mobilenet.quantization", std::string(QuantizationName(options.quantization))},
      {"mobilenet.preprocess", preprocess},
      {"mobilenet.labels", labels},
      {"mobilenet.source", "{\"url\": null, \"license\": null}"}};
  if (!options.layers.empty()) metadata["mobilenet.layers"] = options.layers;
  return metadata;
}

}  // namespace

SafetensorsContents SyntheticModel(const SyntheticModelOptions& options) {
  const Network network =
      options.layers.empty()
          ? MakeNetwork(options.architecture, options.width_multiplier, options.resolution, options.classes)
          : ParseLayers(options.layers, {options.resolution, options.resolution, 3}, "layers");
  // What lies below zero in u8 lies 128 lower in s8.
  const int shift = options.quantization == WeightQuantization::kS8PerChannel ? 128 : 0;
  const Activations input{1.0f / 128, 128 - shift};
  const Activations relu6{6.0f / 255, 0 - shift};
  const Activations logits{0.1f, 110 - shift};  // -11...14.5, not symmetric

  Builder builder(options.quantization);
  WeightRandom weights_random(options.seed);
  WeightRandom zero_point_random(
      options.seed);  // a separate one, so that the other variants have the same weights
  const bool is_quantized = options.quantization != WeightQuantization::kNone;
  if (is_quantized) builder.AddActivations("input", input);
  std::vector<float> scales = {input.scale};  // one per value
  for (const Layer& layer : network.layers) {
    const float input_scale = scales[layer.inputs[0]];
    scales.push_back(input_scale);
    // These may change the quantisation, and do.
    const bool changes = std::holds_alternative<Add>(layer.op) || std::holds_alternative<AvgPool>(layer.op);
    if (changes && is_quantized) {
      builder.AddActivations(layer.name + ".output", logits);
      scales.back() = logits.scale;
    }
    if (Parameters(layer) == 0) continue;  // all others keep their input's quantisation
    const RealWeights real = RandomWeights(layer, options.is_deep, weights_random);
    if (is_quantized) {
      const Activations& output = layer.activation == Activation::kRelu6 ? relu6 : logits;
      builder.AddQuantizedLayer(layer.name, real, input_scale, zero_point_random);
      builder.AddActivations(layer.name + ".output", output);
      scales.back() = output.scale;
    } else {
      builder.AddFloatLayer(layer.name, real);
    }
  }
  return {Metadata(options), builder.TakeTensors()};
}

std::string WriteSyntheticModel(const std::filesystem::path& path, const SyntheticModelOptions& options) {
  SafetensorsContents contents = SyntheticModel(options);
  const std::string data = contents.Data();
  contents.metadata["mobilenet.checksum"] = WeightsChecksum(std::as_bytes(std::span(data)));
  WriteFileBytes(path.string(), contents.File());
  return path.string();
}

}  // namespace mobilenet::test
