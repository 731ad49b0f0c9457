// MobileNet V1 (arXiv 1704.04861, Table 1): a 3x3 convolution, 13 pairs of depthwise 3x3 and pointwise 1x1
// convolutions, global average pool, fully connected layer, softmax. 28 layers with weights.
#pragma once

#include "models/network.h"

namespace mobilenet {

// Layers conv1, conv_dw_1, conv_pw_1, ..., conv_dw_13, conv_pw_13, global_avg_pool, logits, softmax. A width
// of C channels becomes max(8, floor(width_multiplier x C)), as in the published networks. The arguments are
// as MakeNetwork checks them.
Network MobileNetV1(double width_multiplier, int resolution, int classes);

}  // namespace mobilenet
