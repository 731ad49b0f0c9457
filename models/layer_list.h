// A network that no name stands for: its layers as JSON, as a model file's `mobilenet.layers` has them.
//   [{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 32, "kernel": [3, 3],
//     "stride": 2, "padding": "same", "groups": 1, "activation": "relu6"}, ...]
// operator    conv, depthwise, add, concat, avg_pool, fully_connected; the last is softmax or sigmoid
// inputs      names of layers before it, or "input"
// channels    of the output: conv, fully_connected
// kernel      [height, width]: conv, depthwise
// stride      1 if it is not there
// padding     "same" (TensorFlow's) or [top, bottom, left, right]: conv, depthwise
// groups      of conv; 1 if it is not there
// activation  none (if it is not there), relu, relu6: conv, depthwise, add, fully_connected
// A key that is none of the operator's is an error. `summary --format json` shows all of them.
#pragma once

#include <string_view>

#include "models/network.h"

namespace mobilenet {

// The network on an input of [resolution, resolution, 3]. `where` starts the messages. Throws Error.
Network ParseLayers(std::string_view text, int resolution, std::string_view where);

}  // namespace mobilenet
