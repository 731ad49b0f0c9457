#include "src/engine/new_head.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <set>
#include <string_view>
#include <utility>
#include <variant>

#include "src/base/error.h"
#include "src/base/sha256.h"
#include "src/base/str_cat.h"
#include "src/engine/layer_weights.h"
#include "src/engine/model_network.h"
#include "src/engine/model_parts.h"
#include "src/engine/quantize.h"
#include "src/json/json.h"
#include "src/json/json_writer.h"
#include "src/weights/model_writer.h"

namespace mobilenet {
namespace {

// Whether nothing after the value reads what is before it, so that the network can be cut there.
bool IsOnlyWay(const Network& network, Value value) {
  for (size_t i = value; i < network.layers.size(); ++i) {
    for (const Value input : network.layers[i].inputs) {
      if (input < value) return false;
    }
  }
  return true;
}

Value FeaturesOf(const Network& network) {
  for (size_t i = network.layers.size(); i-- > 0;) {
    if (std::holds_alternative<GlobalAvgPool>(network.layers[i].op) && IsOnlyWay(network, i + 1))
      return i + 1;
  }
  const Layer& last = network.layers[network.logits - 1];
  if (std::holds_alternative<FullyConnected>(last.op) && IsOnlyWay(network, last.inputs[0]))
    return last.inputs[0];
  return 0;
}

// Whether only one fully connected layer and a softmax come after the features already.
bool HasPlainHead(const Network& network, Value features) {
  return network.layers.size() == features + 2 &&
         std::holds_alternative<FullyConnected>(network.layers[features].op) &&
         network.layers[features].activation == Activation::kNone &&
         std::holds_alternative<Softmax>(network.layers[features + 1].op);
}

// The tensors of the layers that are removed.
std::set<std::string, std::less<>> TakenOff(const Network& network, Value features) {
  std::set<std::string, std::less<>> names;
  for (size_t i = features; i < network.layers.size(); ++i) {
    const std::string& name = network.layers[i].name;
    for (const std::string& tensor : {name + ".weights", name + ".output"}) {
      names.insert({tensor, tensor + ".scale", tensor + ".zero_point"});
    }
    names.insert(name + ".bias");
  }
  return names;
}

std::vector<std::string> KeptTensors(const ModelFile& file, const Network& network, Value features) {
  const auto taken_off = TakenOff(network, features);
  std::vector<std::string> names = file.TensorNames();
  std::erase_if(names, [&](const std::string& name) { return taken_off.contains(name); });
  return names;
}

// The layers of the trunk as in mobilenet.layers, in brackets that stay open.
void BeginLayers(JsonWriter& json, const ModelFile& file, Value features) {
  const Json layers = ParseJson(*file.layers(), file.path() + ": mobilenet.layers");
  json.BeginArray();
  for (size_t i = 0; i < features; ++i) json.Value(layers.elements[i]);
}

std::string LayersWithHead(const ModelFile& file, const Network& network, const Trunk& trunk,
                           size_t classes) {
  JsonWriter json;
  BeginLayers(json, file, trunk.features);
  const auto write = [&](std::string_view name, std::string_view op, std::string_view input) {
    json.String("name", name);
    json.String("operator", op);
    json.Key("inputs");
    json.BeginArray();
    json.String(input);
    json.EndArray();
  };
  json.BeginObject();
  write(trunk.head_name, "fully_connected", network.layers[trunk.features - 1].name);
  json.Integer("channels", static_cast<int64_t>(classes));
  json.EndObject();
  json.BeginObject();
  write(trunk.head_name + "_softmax", "softmax", trunk.head_name);
  json.EndObject();
  json.EndArray();
  return json.text();
}

// uint8, one scale for all weights, which lie around the zero point 128.
void AddU8Weights(TensorStore& store, const Layer& layer, const NewHead& head, const Quantization& input) {
  constexpr int kZeroPoint = 128;
  constexpr double kMost = 127;
  double largest = 1e-30;
  for (const float weight : head.weights) largest = std::max(largest, std::abs(static_cast<double>(weight)));
  const auto limit = static_cast<double>(LargestBias(WeightsShape(layer).back()));
  const auto input_scale = static_cast<double>(input.scale);
  double scale = largest / kMost;
  for (const float bias : head.bias) {
    scale = std::max(scale, std::abs(static_cast<double>(bias)) / (input_scale * limit));
  }
  const auto stored_scale = static_cast<float>(scale);
  std::vector<uint8_t> weights;
  for (const float weight : head.weights) {
    const double steps = std::round(static_cast<double>(weight) / static_cast<double>(stored_scale));
    weights.push_back(static_cast<uint8_t>(std::clamp(steps, -kMost, kMost) + kZeroPoint));
  }
  std::vector<int32_t> biases;
  for (const float bias : head.bias) {
    const double steps =
        std::round(static_cast<double>(bias) / (input_scale * static_cast<double>(stored_scale)));
    biases.push_back(static_cast<int32_t>(std::clamp(steps, -limit, limit)));
  }
  store.Add(layer.name + ".weights", DataType::kU8, WeightsShape(layer), std::move(weights));
  store.Add(layer.name + ".weights", Quantization{stored_scale, kZeroPoint});
  store.Add(layer.name + ".bias", DataType::kS32, {layer.output.back()}, std::move(biases));
}

void AddHead(TensorStore& store, const ModelFile& file, const Network& network, const Layer& layer,
             const NewHead& head) {
  const WeightQuantization quantization = file.quantization();
  if (quantization == WeightQuantization::kNone) {
    store.Add(layer.name + ".weights", DataType::kF32, WeightsShape(layer), head.weights);
    store.Add(layer.name + ".bias", DataType::kF32, {layer.output.back()}, head.bias);
    return;
  }
  const Quantization input = ValueQuantizations(file, network)[layer.inputs[0]];
  // The logits of other photographs go a little further.
  const float margin = 0.1f * (head.highest_logit - head.lowest_logit);
  Quantization output = QuantizationOfRange(std::min(0.0f, head.lowest_logit - margin),
                                            std::max(0.0f, head.highest_logit + margin));
  if (quantization == WeightQuantization::kU8PerTensor) {
    AddU8Weights(store, layer, head, input);
    output.zero_point += 128;
  } else {
    const auto channels = static_cast<size_t>(layer.input.back());
    std::vector<double> means(channels, 0);
    for (size_t i = 0; i < head.feature_means.size(); ++i) means[i % channels] += head.feature_means[i];
    for (double& mean : means) {
      mean /= static_cast<double>(head.feature_means.size()) / static_cast<double>(channels);
    }
    AddTo(store, layer, QuantizeWeights(layer, head.weights.data(), head.bias.data(), input, means));
  }
  store.Add(layer.name + ".output", output);
}

}  // namespace

Trunk TrunkOf(const ModelFile& file, const Network& network) {
  Trunk trunk;
  trunk.features = FeaturesOf(network);
  if (trunk.features == 0) {
    Fail(file.path(),
         ": ends with neither a global average pool nor a fully connected layer (a network is needed that ",
         "does, such as mobilenet_v1)");
  }
  if (!file.layers() && !HasPlainHead(network, trunk.features)) {
    Fail(file.path(), ": ", network.architecture,
         " does not end with one fully connected layer and a softmax ",
         "(a network is needed that does, such as mobilenet_v1)");
  }
  trunk.count = ElementCount(ShapeOf(network, trunk.features));
  trunk.head_name = "logits";
  if (HasPlainHead(network, trunk.features)) {
    trunk.head_name = network.layers[trunk.features].name;
  } else {
    const auto is_taken = [&](const Layer& layer) { return layer.name.starts_with(trunk.head_name); };
    const auto end = network.layers.begin() + static_cast<std::ptrdiff_t>(trunk.features);
    while (std::any_of(network.layers.begin(), end, is_taken)) trunk.head_name = "own_" + trunk.head_name;
  }
  return trunk;
}

std::string TrunkSha256(const ModelFile& file, const Network& network, const Trunk& trunk) {
  Sha256Stream sha256;
  const Json preprocess =
      ParseJson(file.metadata().at("mobilenet.preprocess"), file.path() + ": mobilenet.preprocess");
  JsonWriter json;
  json.BeginArray();
  json.Value(preprocess);
  json.Integer(file.resolution());
  json.String(QuantizationName(file.quantization()));
  if (file.layers()) {
    BeginLayers(json, file, trunk.features);
    json.EndArray();
  } else {
    json.String(StrCat(file.architecture(), " ", file.width_multiplier()));
  }
  sha256.Append(json.text());
  for (const std::string& name : KeptTensors(file, network, trunk.features)) {
    const TensorView view = file.StoredTensor(name);
    sha256.Append(StrCat("\n", name, " ", DataTypeName(view.type), " ", ShapeText(view.shape), "\n"));
    sha256.Append({view.As<char>(), NamedTensor{name, view}.size_bytes()});
  }
  return sha256.Finish();
}

ModelFile WithHead(const ModelFile& file, const Network& network, const Trunk& trunk, const NewHead& head,
                   const std::string& name) {
  const auto classes = static_cast<int64_t>(head.labels.size());
  Layer layer{.name = trunk.head_name,
              .op = FullyConnected{},
              .activation = Activation::kNone,
              .input = ShapeOf(network, trunk.features),
              .output = {1, 1, classes},
              .inputs = {trunk.features}};
  TensorStore store;
  for (const std::string& tensor : KeptTensors(file, network, trunk.features)) {
    store.Add(tensor, file.StoredTensor(tensor));
  }
  AddHead(store, file, network, layer, head);
  Safetensors::Metadata metadata = OwnMetadata(file);
  metadata.erase("mobilenet.unknown_below");
  metadata["mobilenet.classes"] = std::to_string(classes);
  JsonWriter labels;
  labels.BeginArray();
  for (const std::string& label : head.labels) labels.String(label);
  labels.EndArray();
  metadata["mobilenet.labels"] = labels.text();
  if (file.layers()) metadata["mobilenet.layers"] = LayersWithHead(file, network, trunk, head.labels.size());
  for (const auto& [key, value] : head.metadata) metadata[key] = value;
  return ModelFile::Parse(name, MakeModelFile(name, std::move(metadata), store.tensors()));
}

}  // namespace mobilenet
