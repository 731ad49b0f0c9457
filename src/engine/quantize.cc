#include "src/engine/quantize.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <utility>
#include <variant>

#include "kernels/common/half.h"
#include "src/base/error.h"
#include "src/engine/equalize.h"
#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/engine/model_parts.h"
#include "src/engine/round_weights.h"
#include "src/engine/value_groups.h"
#include "src/weights/model_writer.h"

namespace mobilenet {
namespace {

constexpr int kLowest = -128;
constexpr int kHighest = 127;
// Smaller ones are zero in every sum, and subnormal numbers cannot be scales.
constexpr double kSmallestScale = 1e-30;

// Which values share one quantisation.
ValueGroups MakeGroups(const Network& network) {
  ValueGroups groups(network.layers.size());
  const auto readers = ReadersOf(network.layers);
  for (size_t i = 0; i + 1 < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    if (KeepsQuantization(layer)) groups.Join(i + 1, layer.inputs[0]);
    if (!std::holds_alternative<Concat>(layer.op)) continue;
    for (const Value input : layer.inputs) {
      if (readers[input].size() == 1) groups.Join(i + 1, input);
    }
  }
  return groups;
}

// Where the weights of one output channel are, and to which channel of the input each belongs.
struct ChannelWeights {
  int64_t first;   // index of the first
  int64_t stride;  // from one to the next
  int64_t count;
  int64_t first_input;  // for this many channels of the input, again and again
  int64_t inputs;

  int64_t Index(int64_t i) const { return first + i * stride; }
  size_t Input(int64_t i) const { return static_cast<size_t>(first_input + i % inputs); }
};

ChannelWeights WeightsOfChannel(const Layer& layer, int64_t channel) {
  const int64_t channels = layer.output.back();
  const int64_t count = ElementCount(WeightsShape(layer)) / channels;
  if (std::holds_alternative<Depthwise>(layer.op)) return {channel, channels, count, channel, 1};
  const auto* conv = std::get_if<Conv>(&layer.op);
  const int64_t groups = conv ? conv->groups : 1;
  const int64_t inputs = layer.input.back() / groups;
  return {channel * count, 1, count, channel / (channels / groups) * inputs, inputs};
}

// Rounds one output channel's weights, in steps. Those together that meet inputs which are alike: the taps of
// a window in one channel of the input, and in a picture in all of its channels, the colours.
void RoundChannel(const Layer& layer, const ChannelWeights& channel, std::span<double> weights) {
  const bool is_of_picture = std::holds_alternative<Conv>(layer.op) && layer.inputs[0] == 0;
  const auto stride = static_cast<size_t>(is_of_picture ? 1 : channel.inputs);
  std::vector<double> alike;
  for (size_t first = 0; first < stride; ++first) {
    alike.clear();
    for (size_t i = first; i < weights.size(); i += stride) alike.push_back(weights[i]);
    RoundTogether(alike, kHighest);
    for (size_t i = first; i < weights.size(); i += stride) weights[i] = alike[i / stride];
  }
}

// For the values with their factors.
std::vector<ValueStatistics> Multiplied(std::span<const ValueStatistics> statistics,
                                        const ChannelFactors& factors) {
  std::vector<ValueStatistics> multiplied(statistics.begin(), statistics.end());
  for (Value value = 0; value < multiplied.size(); ++value) {
    if (factors[value].empty()) continue;
    ValueStatistics& one = multiplied[value];
    double min = 0;
    double max = 0;
    for (size_t c = 0; c < factors[value].size(); ++c) {
      const auto factor = static_cast<double>(factors[value][c]);
      one.channel_means[c] *= factor;
      min = std::min(min, one.channel_mins[c] * factor);
      max = std::max(max, one.channel_maxes[c] * factor);
    }
    one.min = static_cast<float>(min);
    one.max = static_cast<float>(max);
  }
  return multiplied;
}

struct RealWeights {
  std::vector<float> weights;  // in the layer's WeightsShape
  std::vector<float> bias;
};

// The layer's weights, for an input and an output whose channels may have factors.
RealWeights WeightsWithFactors(const ModelFile& file, const Layer& layer, const std::vector<float>& input,
                               const std::vector<float>& output) {
  const LoadedWeights loaded = LoadLayerWeights(file, layer, DataType::kF32, {});
  const auto* weights = loaded.views.weights.As<float>();
  const auto* bias = loaded.views.bias.As<float>();
  const int64_t channels = layer.output.back();
  RealWeights real{{weights, weights + ElementCount(WeightsShape(layer))}, {bias, bias + channels}};
  for (int64_t oc = 0; oc < channels; ++oc) {
    const ChannelWeights channel = WeightsOfChannel(layer, oc);
    const double by = output.empty() ? 1.0 : static_cast<double>(output[static_cast<size_t>(oc)]);
    for (int64_t i = 0; i < channel.count; ++i) {
      float& weight = real.weights[static_cast<size_t>(channel.Index(i))];
      const double divisor = input.empty() ? 1.0 : static_cast<double>(input[channel.Input(i)]);
      weight = static_cast<float>(static_cast<double>(weight) * by / divisor);
    }
    float& of_channel = real.bias[static_cast<size_t>(oc)];
    of_channel = static_cast<float>(static_cast<double>(of_channel) * by);
  }
  return real;
}

// What starts with "mobilenet." and remains true.
Safetensors::Metadata MetadataOf(const ModelFile& file, WeightQuantization quantization,
                                 const std::string& source) {
  Safetensors::Metadata metadata = OwnMetadata(file);
  metadata["mobilenet.quantization"] = QuantizationName(quantization);
  metadata["mobilenet.source"] = source;
  return metadata;
}

}  // namespace

Quantization QuantizationOfRange(float min, float max) {
  const double range = static_cast<double>(max) - static_cast<double>(min);
  if (range == 0) return {};  // nothing but zeros
  const auto scale = static_cast<float>(std::max(range / (kHighest - kLowest), kSmallestScale));
  const double zero_point = std::round(kLowest - static_cast<double>(min) / static_cast<double>(scale));
  return {scale, static_cast<int>(std::clamp<double>(zero_point, kLowest, kHighest))};
}

std::vector<Quantization> ChooseQuantizations(const Network& network,
                                              std::span<const ValueStatistics> statistics) {
  const ValueGroups groups = MakeGroups(network);
  std::vector<std::pair<float, float>> ranges(statistics.size(), {0.0f, 0.0f});
  for (Value value = 0; value < statistics.size(); ++value) {
    auto& [min, max] = ranges[groups.First(value)];
    min = std::min(min, statistics[value].min);
    max = std::max(max, statistics[value].max);
  }
  std::vector<Quantization> quantizations;
  for (Value value = 0; value < statistics.size(); ++value) {
    const auto& [min, max] = ranges[groups.First(value)];
    quantizations.push_back(QuantizationOfRange(min, max));
  }
  return quantizations;
}

QuantizedWeights QuantizeWeights(const Layer& layer, const float* weights, const float* bias,
                                 const Quantization& input, std::span<const double> means) {
  const int64_t channels = layer.output.back();
  const int64_t count = ElementCount(WeightsShape(layer));
  // Half of what fits: the correction needs some of it.
  const int64_t largest_bias = LargestBias(count / channels) / 2;
  if (largest_bias <= 0) {
    Fail(layer.name, ": 32 bits do not hold a sum of ", count / channels, " products (stays in f32)");
  }
  QuantizedWeights quantized;
  quantized.weights.resize(static_cast<size_t>(count));
  std::vector<double> steps;  // the weights of one output channel
  for (int64_t oc = 0; oc < channels; ++oc) {
    const ChannelWeights channel = WeightsOfChannel(layer, oc);
    double largest = 0;
    for (int64_t i = 0; i < channel.count; ++i) {
      largest = std::max(largest, std::abs(static_cast<double>(weights[channel.Index(i)])));
    }
    const double real_bias = static_cast<double>(bias[oc]);
    const auto input_scale = static_cast<double>(input.scale);
    const double bias_scale = std::abs(real_bias) / (input_scale * static_cast<double>(largest_bias));
    const auto scale = static_cast<float>(std::max({largest / kHighest, bias_scale, kSmallestScale}));
    steps.clear();
    for (int64_t i = 0; i < channel.count; ++i) {
      steps.push_back(static_cast<double>(weights[channel.Index(i)]) / static_cast<double>(scale));
    }
    RoundChannel(layer, channel, steps);
    double shift = 0;  // of the output's mean, caused by rounding the weights
    for (int64_t i = 0; i < channel.count; ++i) {
      const double rounded = steps[static_cast<size_t>(i)];
      const auto weight = static_cast<double>(weights[channel.Index(i)]);
      quantized.weights[static_cast<size_t>(channel.Index(i))] = static_cast<int8_t>(rounded);
      shift += (rounded * static_cast<double>(scale) - weight) * means[channel.Input(i)];
    }
    const double steps_of_bias = std::round((real_bias - shift) / (input_scale * static_cast<double>(scale)));
    const auto limit = static_cast<double>(2 * largest_bias);
    quantized.scales.push_back(scale);
    quantized.bias.push_back(static_cast<int32_t>(std::clamp(steps_of_bias, -limit, limit)));
  }
  return quantized;
}

void AddTo(TensorStore& store, const Layer& layer, QuantizedWeights quantized) {
  const int64_t channels = layer.output.back();
  const std::string name = layer.name + ".weights";
  store.Add(name, DataType::kS8, WeightsShape(layer), std::move(quantized.weights));
  store.Add(name + ".scale", DataType::kF32, {channels}, std::move(quantized.scales));
  store.Add(name + ".zero_point", DataType::kS32, {1}, std::vector<int32_t>{0});
  store.Add(layer.name + ".bias", DataType::kS32, {channels}, std::move(quantized.bias));
}

ModelFile QuantizeModel(const ModelFile& file, const Network& network,
                        std::span<const ValueStatistics> statistics, const std::string& name,
                        const std::string& source) {
  const ChannelFactors factors = Equalize(network, statistics);
  const std::vector<ValueStatistics> multiplied = Multiplied(statistics, factors);
  const std::vector<Quantization> quantizations = ChooseQuantizations(network, multiplied);
  TensorStore store;
  store.Add("input", quantizations[0]);
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    const Value input = layer.inputs[0];
    if (Parameters(layer) != 0) {
      const RealWeights real = WeightsWithFactors(file, layer, factors[input], factors[i + 1]);
      AddTo(store, layer,
            QuantizeWeights(layer, real.weights.data(), real.bias.data(), quantizations[input],
                            multiplied[input].channel_means));
    }
    if (!KeepsQuantization(layer)) store.Add(layer.name + ".output", quantizations[i + 1]);
  }
  return ModelFile::Parse(
      name,
      MakeModelFile(name, MetadataOf(file, WeightQuantization::kS8PerChannel, source), store.tensors()));
}

ModelFile HalveModel(const ModelFile& file, const Network& network, const std::string& name,
                     const std::string& source) {
  std::vector<NamedTensor> tensors;
  std::vector<std::vector<Half>> halves;
  std::vector<std::vector<float>> biases;
  for (const Layer& layer : network.layers) {
    if (Parameters(layer) == 0) continue;
    const LoadedWeights loaded = LoadLayerWeights(file, layer, DataType::kF32, {});
    const Shape shape = WeightsShape(layer);
    const auto* weights = loaded.views.weights.As<float>();
    CheckFitsHalf(file, layer.name + ".weights", loaded.views.weights);
    std::vector<Half>& half = halves.emplace_back();
    for (int64_t i = 0; i < ElementCount(shape); ++i) half.emplace_back(weights[i]);
    const auto* bias = loaded.views.bias.As<float>();
    biases.emplace_back(bias, bias + layer.output.back());
    tensors.push_back({layer.name + ".weights", {DataType::kF16, shape, half.data()}});
    tensors.push_back({layer.name + ".bias", {DataType::kF32, {layer.output.back()}, biases.back().data()}});
  }
  return ModelFile::Parse(
      name, MakeModelFile(name, MetadataOf(file, WeightQuantization::kNone, source), std::move(tensors)));
}

void CheckIsFloat(const ModelFile& file) {
  if (file.quantization() != WeightQuantization::kNone) {
    Fail(file.path(), ": already quantised, to ", DataTypeName(StoredType(file.quantization())),
         " (a file with f32 weights is needed)");
  }
}

void CheckCanBeQuantized(const ModelFile& file, const Network& network) {
  CheckIsFloat(file);
  CheckComputesInIntegers(network, file.path());
}

}  // namespace mobilenet
