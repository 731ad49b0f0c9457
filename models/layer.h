// One layer of a network as a typed value: what it computes and on which shapes, not how it runs.
// Convolutions have batch norm folded into weights and bias. Padding is TensorFlow's SAME: ceil(size /
// stride) outputs, the odd row and column of padding at the bottom and right.
#pragma once

#include <cstdint>
#include <string>
#include <variant>

#include "src/base/tensor.h"

namespace mobilenet {

enum class Activation { kNone, kRelu6 };

struct Conv3x3 {  // weights [OC, 3, 3, IC]
  int stride = 1;
};
struct Depthwise3x3 {  // weights [3, 3, C]
  int stride = 1;
};
struct Pointwise {};       // weights [OC, 1, 1, IC]
struct GlobalAvgPool {};   // [H, W, C] -> [1, 1, C]
struct FullyConnected {};  // weights [OC, IC]
struct Softmax {};         // [1, 1, C] -> probabilities

using Operator = std::variant<Conv3x3, Depthwise3x3, Pointwise, GlobalAvgPool, FullyConnected, Softmax>;

struct Layer {
  std::string name;  // also the prefix of its tensors in the model file
  Operator op;
  Activation activation = Activation::kNone;
  Shape input;   // {IH, IW, IC}
  Shape output;  // {OH, OW, OC}
};

// "conv 3x3 s2", "depthwise 3x3 s1", "conv 1x1", ...
std::string OperatorName(const Layer& layer);
// The layer's type in Table 2 of arXiv 1704.04861: "Conv 1x1", "Conv DW 3x3", "Conv 3x3", "Fully Connected",
// or "" for layers without weights.
std::string OperatorGroup(const Layer& layer);

// Shape of `<name>.weights`; empty for layers without weights.
Shape WeightsShape(const Layer& layer);

// Multiplications with an addition (1 mult-add = 2 FLOPs), as the paper counts them: of convolutions and
// fully connected layers, biases apart.
int64_t MultAdds(const Layer& layer);
// Weights, as the paper counts them: without biases and batch norm.
int64_t Parameters(const Layer& layer);
// Biases (folded batch norm): one an output channel where there are weights.
int64_t Biases(const Layer& layer);

// Height and width of a convolution's kernel, and its stride; {0, 0} for layers that are no convolution.
struct ConvWindow {
  int kernel = 0;
  int stride = 0;
};
ConvWindow WindowOf(const Layer& layer);

// Rows (columns) of padding that SAME puts at both sides of `size` rows together.
int SamePadding(int64_t size, int kernel, int stride);

}  // namespace mobilenet
