#include "src/engine/model_network.h"

#include <set>
#include <string>
#include <variant>

#include "models/layer_list.h"
#include "models/registry.h"
#include "src/base/error.h"
#include "src/base/excerpt.h"
#include "src/engine/activation_range.h"
#include "src/engine/cannot_run.h"

namespace mobilenet {
namespace {

Quantization QuantizationOf(const ModelFile& file, const std::string& tensor) {
  return {file.Scales(tensor, 1)[0], file.ZeroPoint(tensor)};
}

}  // namespace

Network NetworkOf(const ModelFile& file) {
  const int channels = file.preprocess().channels();
  if (file.layers()) {
    const std::string where = file.path() + ": mobilenet.layers";
    Network network = ParseLayers(*file.layers(), {file.resolution(), file.resolution(), channels}, where);
    if (network.classes != file.classes()) {
      Fail(where, ": ", network.classes, " classes, expected ", file.classes(), " (mobilenet.classes)");
    }
    network.architecture = file.architecture();
    network.width_multiplier = file.width_multiplier();
    return network;
  }
  try {
    Network network =
        MakeNetwork(file.architecture(), file.width_multiplier(), file.resolution(), file.classes());
    if (const int64_t wanted = ShapeOf(network, 0).back(); wanted != channels) {
      Fail("mobilenet.preprocess: color of ", channels, channels == 1 ? " channel (" : " channels (", wanted,
           ", as ", file.architecture(), " reads)");
    }
    return network;
  } catch (const Error& error) {
    Fail(file.path(), ": ", error.what());
  }
}

bool IsFloatOnly(const Layer& layer) {
  return !IsClamp(layer.activation) || std::holds_alternative<Lrn>(layer.op);
}

void CheckComputesInIntegers(const Network& network, const std::string& where) {
  for (const Layer& layer : network.layers) {
    if (!IsFloatOnly(layer)) continue;
    const bool is_function = !IsClamp(layer.activation);
    FailToRun(where, ": ", layer.name, ": ",
              is_function ? ActivationName(layer.activation) : OperatorKind(layer),
              " is computed only in f32 (a file with f32 weights is needed, run as f32)");
  }
}

std::vector<Quantization> ValueQuantizations(const ModelFile& file, const Network& network) {
  std::vector<Quantization> quantizations(network.layers.size() + 1);
  if (file.quantization() == WeightQuantization::kNone) return quantizations;
  CheckComputesInIntegers(network, file.path());
  quantizations[0] = QuantizationOf(file, "input");
  for (size_t i = 0; i < network.layers.size(); ++i) {
    const Layer& layer = network.layers[i];
    const std::string output = layer.name + ".output";
    const bool keeps =
        KeepsQuantization(layer) || (MayKeepQuantization(layer) && !file.Has(output + ".scale"));
    quantizations[i + 1] = keeps ? quantizations[layer.inputs[0]] : QuantizationOf(file, output);
  }
  return quantizations;
}

void CheckAllTensorsAreRead(const ModelFile& file, const Network& network) {
  std::set<std::string, std::less<>> read;
  const bool is_quantized = file.quantization() != WeightQuantization::kNone;
  const auto add = [&](const std::string& tensor, bool has_quantization) {
    if (!is_quantized || !has_quantization) return;
    read.insert(tensor + ".scale");
    read.insert(tensor + ".zero_point");
  };
  add("input", true);
  for (const Layer& layer : network.layers) {
    if (Parameters(layer) != 0) {
      read.insert(layer.name + ".weights");
      read.insert(layer.name + ".bias");
      add(layer.name + ".weights", true);
    }
    add(layer.name + ".output", !KeepsQuantization(layer));
  }
  for (const std::string& name : file.TensorNames()) {
    if (!read.contains(name)) {
      Fail(file.path(), ": tensor ", Excerpt(name), " is not one of ", Excerpt(network.architecture),
           "'s (every tensor must belong to the network)");
    }
  }
}

}  // namespace mobilenet
