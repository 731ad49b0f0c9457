// The last layers of AlexNet and the VGG networks, which are the same.
#pragma once

#include "models/network_builder.h"

namespace mobilenet {

// Layers fc6 and fc7 of 4096 channels each, logits, softmax.
void AddClassifier(NetworkBuilder& net, Value input, int classes);

}  // namespace mobilenet
