// The tensors of one layer, from the model file, in the type in which the layer runs.
#pragma once

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

// The type in which a file's tensors are stored: f32, u8 or s8.
DataType StoredType(WeightQuantization quantization);

// The largest magnitude of a quantised bias with which 32 bits hold the sum of this many products; negative
// if there are too many products.
int64_t LargestBias(int64_t sum_length);

// The layer's weights and bias as `type`: the file's own, or f32, for which quantised ones are dequantised
// and half floats widened. `input` is the quantisation of the layer's input (biases have the scale input x
// weights). Empty for a layer without weights. Throws Error if the file lacks them, or if 32 bits would not
// hold a sum.
LoadedWeights LoadLayerWeights(const ModelFile& file, const Layer& layer, DataType type,
                               const Quantization& input);

// Afterwards nobody reads these weights any more, for any task's output channels.
void GiveBack(const WeightsSource& source, const LoadedWeights& weights);
void GiveBack(const WeightsSource& source, const LoadedWeights& weights, const LayerTask& task);

}  // namespace mobilenet
