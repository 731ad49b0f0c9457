// A network that no name stands for: its layers as JSON, as in a model file's `mobilenet.layers`.
//   [{"name": "conv1", "operator": "conv", "inputs": ["input"], "channels": 32, "kernel": [3, 3],
//     "stride": 2, "padding": "same", "groups": 1, "activation": "relu6"}, ...]
// operator    conv, depthwise, max_pool, average_pool, lrn, add, concat, avg_pool (of the whole map),
//             fully_connected; the last is softmax or sigmoid
// inputs      names of earlier layers, or "input"
// channels    of the output: conv, fully_connected
// kernel      [height, width]: conv, depthwise, max_pool, average_pool
// stride      1 if missing
// padding     "same" (TensorFlow's) or [top, bottom, left, right]: for kernels; pools leave it out of
//             their windows
// groups      of conv; 1 if missing
// size, alpha, beta, k  of lrn: x / (k + alpha / size * sum of the squares of size channels around it)^beta
// activation  none (also if missing), relu, relu6, sigmoid, tanh: conv, depthwise, add, fully_connected
// Files with quantised weights have no lrn, and sigmoid and tanh only as the last layer.
// A key that the operator does not have is an error. `summary --format json` shows all of them.
#pragma once

#include <string_view>

#include "models/network.h"

namespace mobilenet {

// The network on an input of {height, width, channels}. `where` starts the messages. Throws Error.
Network ParseLayers(std::string_view text, const Shape& input, std::string_view where);

}  // namespace mobilenet
