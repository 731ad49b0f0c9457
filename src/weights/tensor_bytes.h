// How large a model file is.
#pragma once

#include <cstdint>

#include "models/network.h"
#include "src/weights/model_file.h"

namespace mobilenet {

// Bytes of all tensors in a file of that network: weights, biases, scales and zero points. The file's header,
// most of it labels and names, is not included.
int64_t TensorBytes(const Network& network, WeightQuantization quantization);

}  // namespace mobilenet
