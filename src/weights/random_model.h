// A model file with random weights, made in memory, to measure what a network costs without having anybody's
// weights.
#pragma once

#include <string>

#include "models/network.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// The same weights for the same network on every machine, drawn so that feature maps keep about the same
// magnitude from layer to layer (He et al. 2015). `network` must have a name in the registry. Throws Error if
// there is not enough memory.
ModelFile RandomModel(const Network& network, WeightQuantization quantization);

// Its path(): "mobilenet_v2 with random weights".
std::string RandomModelName(const std::string& architecture);

}  // namespace mobilenet
