// The network that a model file holds, and how its feature maps are quantised.
#pragma once

#include <string>
#include <vector>

#include "models/network.h"
#include "src/base/tensor.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// The network of the file's own layers if it has them, else the one that its architecture names. Throws Error
// where there is none.
Network NetworkOf(const ModelFile& file);

// Whether only floats have a meaning in the layer: a normalisation across channels, or one with sigmoid or
// tanh as its activation.
bool IsFloatOnly(const Layer& layer);
// Throws CannotRun, with `where` in front, for a network with such a layer.
void CheckComputesInIntegers(const Network& network, const std::string& where);

// Of each value; all the same for a float file. Each layer has one in the file, but for those that keep their
// input's: a softmax, sigmoid or max pool, and an average pool or a concatenation that has none of its own
// there.
std::vector<Quantization> ValueQuantizations(const ModelFile& file, const Network& network);

// Throws Error for a file with a tensor that the network does not read: it is not the file's network then.
void CheckAllTensorsAreRead(const ModelFile& file, const Network& network);

}  // namespace mobilenet
