#include "src/engine/comparison_row.h"

#include <algorithm>
#include <vector>

#include "src/base/tensor.h"
#include "src/engine/layout.h"
#include "src/engine/model_network.h"
#include "src/weights/tensor_bytes.h"

namespace mobilenet {
namespace {

// One operator per layer. How feature maps are quantised is unknown: assumes that all are alike.
int64_t ActivationPeakBytes(const Network& network, DataType type) {
  return MakeLayout(network, std::vector<Quantization>(network.layers.size() + 1), type, {}).bytes;
}

}  // namespace

ComparisonRow MakeComparisonRow(const Network& network) {
  ComparisonRow row;
  row.architecture = network.architecture;
  row.width_multiplier = network.width_multiplier;
  row.input_shape = network.layers[0].input;
  row.classes = network.classes;
  row.layers = std::count_if(network.layers.begin(), network.layers.end(),
                             [](const Layer& layer) { return Parameters(layer) > 0; });
  row.mult_adds = MultAdds(network);
  row.parameters = Parameters(network);
  row.biases = Biases(network);
  row.activation_peak_f32_bytes = ActivationPeakBytes(network, DataType::kF32);
  row.file_f32_bytes = TensorBytes(network, WeightQuantization::kNone);
  if (std::any_of(network.layers.begin(), network.layers.end(), IsFloatOnly)) return row;
  row.activation_peak_s8_bytes = ActivationPeakBytes(network, DataType::kS8);
  row.file_s8_bytes = TensorBytes(network, WeightQuantization::kS8PerChannel);
  row.file_u8_bytes = TensorBytes(network, WeightQuantization::kU8PerTensor);
  return row;
}

}  // namespace mobilenet
