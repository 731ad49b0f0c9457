// The network that a model file holds, and how its feature maps are quantised.
#pragma once

#include <string>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// The network of the file's own layers if it has them, else the one that its architecture names. Throws Error
// if there is none.
Network NetworkOf(const ModelFile& file);

// Whether the layer makes sense only for floats: a normalisation across channels, or one with sigmoid or tanh
// as its activation.
bool IsFloatOnly(const Layer& layer);
// Throws CannotRun, with `where` in front, for a network with such a layer.
void CheckComputesInIntegers(const Network& network, const std::string& where);

// For each value; all the same for a float file. Each layer has one in the file, except those that keep their
// input's: a softmax, sigmoid or max pool, and an average pool or a concatenation without one of its own
// there.
std::vector<Quantization> ValueQuantizations(const ModelFile& file, const Network& network);

// Throws Error if the file has a tensor that the network does not read: then it is not the file's network.
void CheckAllTensorsAreRead(const ModelFile& file, const Network& network);

}  // namespace mobilenet
