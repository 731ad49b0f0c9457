// A float network in 8 bits: int8 weights with a scale for each output channel, int8 feature maps with one
// for the whole map, 32-bit biases.
//
// - Weights: scale max|w| / 127. Of a channel whose weights are next to nothing, beside a bias that is not (a
//   dead one: its variance in training was 0), the scale is as large as the bias needs to fit into 32 bits.
// - The taps of a window are rounded together (round_weights.h).
// - Maps: from the lowest to the highest value of the calibration, 0 included. A max pool and the scores keep
//   their input's; a concatenation and those of its inputs that nobody else reads have one for all, with
//   which joining them costs nothing.
// - Before that, channels of linear maps are made more alike (equalize.h).
// - Bias correction, in closed form: rounded weights shift the mean of each output by the sum of (rounded -
//   real) * mean of the input's channel, which the bias takes back.
//
// Tried on the published EfficientNet-Lite and MobileNet files, with the scores' divergence from the float
// network's on 108 photographs, and not better: scales of least squared error, of weights (no difference) and
// of maps; biases corrected layer after layer by the quantised network's own means, with which MobileNet V1
// 0.25 comes a fifth to a third nearer, and EfficientNet-Lite0 and 1 lie further off; factors for the
// channels of maps with ReLU6, too; a range of the logits without the low ones; all weights of an output
// channel rounded so that their errors, times the means of the inputs, cancel.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/engine/calibration.h"
#include "src/engine/model_parts.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// For int8 values from min to max, which include 0.
Quantization QuantizationOfRange(float min, float max);

// For each value except the scores, which have their input's. `statistics` are those of the values as they
// are quantised, with their factors.
std::vector<Quantization> ChooseQuantizations(const Network& network,
                                              std::span<const ValueStatistics> statistics);

struct QuantizedWeights {
  std::vector<int8_t> weights;  // in the layer's WeightsShape
  std::vector<float> scales;    // one per output channel
  std::vector<int32_t> bias;    // with the scale input.scale * scales[oc]
};

// `weights` and `bias` are the layer's in float; `means` those of its input's channels.
QuantizedWeights QuantizeWeights(const Layer& layer, const float* weights, const float* bias,
                                 const Quantization& input, std::span<const double> means);

// The layer's tensors except the quantisation of its output.
void AddTo(TensorStore& store, const Layer& layer, QuantizedWeights quantized);

// The file with 8-bit weights, made in memory and checked like any other. `name` stands for its path;
// `source` is its mobilenet.source. All other metadata are those of `file`, which has f32 weights.
ModelFile QuantizeModel(const ModelFile& file, const Network& network,
                        std::span<const ValueStatistics> statistics, const std::string& name,
                        const std::string& source);

// The file with weights stored as the nearest half floats, and unchanged biases: it runs in f32. Throws Error
// if half floats cannot hold the weights.
ModelFile HalveModel(const ModelFile& file, const Network& network, const std::string& name,
                     const std::string& source);

// Throws Error if the file is not a float model, with any layers.
void CheckIsFloat(const ModelFile& file);
// Throws Error, with the file's path in front, if it is not a float network that can run in 8
// bits.
void CheckCanBeQuantized(const ModelFile& file, const Network& network);

}  // namespace mobilenet
