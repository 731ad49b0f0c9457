// One layer of a network as a typed value: what it computes, on which values and shapes, not how it runs.
// Batch norm is folded into the weights and bias of convolutions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "src/base/tensor.h"

namespace mobilenet {

// What layers read and write: 0 is the network's input, i + 1 is what layer i writes.
using Value = size_t;

// What is applied to each output of a layer. Sigmoid and tanh exist in f32 only.
enum class Activation { kNone, kRelu, kRelu6, kSigmoid, kTanh };

// Rows and columns around the input: zeros for a convolution, nothing for a pool. Fewer on each side than the
// kernel has, so that no window lies outside the input.
struct Padding {
  int top = 0;
  int bottom = 0;
  int left = 0;
  int right = 0;

  bool operator==(const Padding&) const = default;
};

struct Window {
  int kernel_height = 1;
  int kernel_width = 1;
  int stride = 1;
  Padding padding = {};

  bool operator==(const Window&) const = default;
};

struct Conv {  // weights [OC, KH, KW, IC / groups]
  Window window;
  int groups = 1;  // this many parts of the channels, each computed from its own part of the input's
};
struct Depthwise {  // weights [KH, KW, C]
  Window window;
};
struct MaxPool {  // the largest of the window's pixels inside the input, channel by channel
  Window window;
};
struct AvgPool {  // the mean of the window's pixels inside the input, channel by channel
  Window window;
};
// Local response normalisation across channels, as ONNX defines it: x / (k + alpha / size * sum of the
// squares of `size` channels around x's own)^beta. In f32 only.
struct Lrn {
  int size = 5;
  float alpha = 1e-4f;
  float beta = 0.75f;
  float k = 1.0f;
};
struct Add {};             // two values of the same shape
struct Concat {};          // two values or more, channel after channel
struct GlobalAvgPool {};   // [H, W, C] -> [1, 1, C]
struct FullyConnected {};  // weights [OC, H * W * C]; [H, W, C] -> [1, 1, OC]
struct Softmax {};         // [1, 1, C] -> probabilities, which sum to 1
struct Sigmoid {};         // [1, 1, C] -> each class's own probability

using Operator = std::variant<Conv, Depthwise, MaxPool, AvgPool, Lrn, Add, Concat, GlobalAvgPool,
                              FullyConnected, Softmax, Sigmoid>;

struct Layer {
  std::string name;  // also the prefix of its tensors in the model file
  Operator op;
  Activation activation = Activation::kNone;
  Shape input;   // {IH, IW, IC} of the first value it reads
  Shape output;  // {OH, OW, OC}
  std::vector<Value> inputs = {};
};

// "conv", "depthwise", "max_pool", "average_pool", "lrn", "add", "concat", "avg_pool" (of the whole map),
// "fully_connected", "softmax", "sigmoid": as in mobilenet.layers.
std::string OperatorKind(const Layer& layer);
// "conv 3x3 s2", "depthwise 3x3 s1", "conv 1x1", "max pool 3x3 s2", "lrn 5", ...
std::string OperatorName(const Layer& layer);
// The layer's type in Table 2 of arXiv 1704.04861: "Conv 1x1", "Conv DW 3x3", "Conv 3x3", "Fully Connected",
// or "" for layers without weights.
std::string OperatorGroup(const Layer& layer);
// "none", "relu", "relu6", "sigmoid", "tanh"
std::string ActivationName(Activation activation);

// Shape of `<name>.weights`; empty for layers without weights.
Shape WeightsShape(const Layer& layer);

// Multiplications with an addition (1 mult-add = 2 FLOPs), counted as in the paper: those of convolutions and
// fully connected layers, without biases.
int64_t MultAdds(const Layer& layer);
// Weights, counted as in the paper: without biases and batch norm.
int64_t Parameters(const Layer& layer);
// Biases (folded batch norm): one per output channel if there are weights.
int64_t Biases(const Layer& layer);

// The window of a convolution or pool; null for layers without one.
const Window* WindowOf(const Layer& layer);
// Whether the layer is a 1x1 convolution that is a matrix product over the pixels.
bool IsPointwise(const Layer& layer);
// Whether a row of the output depends on only some rows of the input.
bool IsRowWise(const Layer& layer);
// Whether the layer turns logits into scores: a softmax or a sigmoid. Whatever type it reads, it writes
// floats.
bool MakesScores(const Layer& layer);

// Whether the layer's output is quantised like its input: always, or unless a model file says otherwise. All
// other layers have their own quantisation.
bool KeepsQuantization(const Layer& layer);
bool MayKeepQuantization(const Layer& layer);

// How many rows (columns) of padding TensorFlow's SAME puts on both sides of `size` rows together, for
// ceil(size / stride) outputs; the odd one goes to the bottom (right).
int SamePadding(int64_t size, int kernel, int stride);

}  // namespace mobilenet
