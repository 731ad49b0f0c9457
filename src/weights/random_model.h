// A model file with random weights, made in memory: what a network costs can be measured without having
// anybody's weights.
#pragma once

#include <string>

#include "models/network.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// The same weights for the same network on every machine, drawn so that feature maps stay about as large from
// layer to layer (He et al. 2015). `network` is one that has a name in the registry. Throws Error where there
// is not enough memory.
ModelFile RandomModel(const Network& network, WeightQuantization quantization);

// What its path() is: "mobilenet_v2 with random weights".
std::string RandomModelName(const std::string& architecture);

}  // namespace mobilenet
