#include "src/weights/tensor_bytes.h"

namespace mobilenet {

int64_t TensorBytes(const Network& network, WeightQuantization quantization) {
  if (quantization == WeightQuantization::kNone) return 4 * (Parameters(network) + Biases(network));
  constexpr int64_t kScaleAndZeroPoint = 4 + 4;
  int64_t bytes = kScaleAndZeroPoint;  // the input's
  for (const Layer& layer : network.layers) {
    if (Parameters(layer) > 0) {
      const bool has_one_scale = quantization == WeightQuantization::kU8PerTensor;
      const int64_t scales = has_one_scale ? 1 : layer.output.back();
      bytes += Parameters(layer) + 4 * Biases(layer) + 4 * scales + 4;  // zero point
    }
    if (!KeepsQuantization(layer) && !MayKeepQuantization(layer)) bytes += kScaleAndZeroPoint;
  }
  return bytes;
}

}  // namespace mobilenet
