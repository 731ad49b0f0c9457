// The tensors of one layer, from the model file, in the type in which the layer runs.
#pragma once

#include <string>

#include "models/layer.h"
#include "src/base/aligned_buffer.h"
#include "src/engine/backend.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// Where the weights of a network come from.
struct WeightsSource {
  const ModelFile& file;
  // The same file, if nobody else reads it: what has been loaded from it is given back.
  ModelFile* own_file = nullptr;
};

// Weights as a backend takes them, with the memory of those views that don't point into the file.
struct LoadedWeights {
  LayerWeights views;
  AlignedBuffer dequantized_weights;
  AlignedBuffer dequantized_bias;
  TensorView stored_weights;  // in the file
};

// The type in which a file's tensors run: f32 (half floats, too), u8 or s8.
DataType StoredType(WeightQuantization quantization);

// The largest magnitude of a quantised bias with which 32 bits hold the sum of this many products; negative
// if there are too many products.
int64_t LargestBias(int64_t sum_length);

// Throws Error for floats that half floats cannot hold. `name` is that of the tensor in the file.
void CheckFitsHalf(const ModelFile& file, const std::string& name, const TensorView& tensor);

// The layer's weights and bias as `type`: the file's own, or f32, for which quantised ones are dequantised
// and half floats widened. For f16 they are f32, too, as far as half floats can hold them; the backends round
// them. `input` is the quantisation of the layer's input (biases have the scale input x weights). Empty for a
// layer without weights. Throws Error if the file lacks them, or if 32 bits would not hold a sum.
LoadedWeights LoadLayerWeights(const ModelFile& file, const Layer& layer, DataType type,
                               const Quantization& input);

// Afterwards nobody reads these weights any more, for any task's output channels.
void GiveBack(const WeightsSource& source, const LoadedWeights& weights);
void GiveBack(const WeightsSource& source, const LoadedWeights& weights, const LayerTask& task);

}  // namespace mobilenet
