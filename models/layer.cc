#include "models/layer.h"

#include <algorithm>

namespace mobilenet {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>  // C++20 deduces it by itself; clang 14 does not yet
Overloaded(Visitors...)->Overloaded<Visitors...>;

}  // namespace

std::string OperatorName(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const Conv3x3& op) { return "conv 3x3 s" + std::to_string(op.stride); },
                        [](const Depthwise3x3& op) { return "depthwise 3x3 s" + std::to_string(op.stride); },
                        [](const Pointwise&) { return std::string("conv 1x1"); },
                        [](const GlobalAvgPool&) { return std::string("avg pool"); },
                        [](const FullyConnected&) { return std::string("fully connected"); },
                        [](const Softmax&) { return std::string("softmax"); },
                    },
                    layer.op);
}

std::string OperatorGroup(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const Conv3x3&) { return "Conv 3x3"; },
                        [](const Depthwise3x3&) { return "Conv DW 3x3"; },
                        [](const Pointwise&) { return "Conv 1x1"; },
                        [](const FullyConnected&) { return "Fully Connected"; },
                        [](const auto&) { return ""; },
                    },
                    layer.op);
}

Shape WeightsShape(const Layer& layer) {
  const int64_t input_channels = layer.input.back();
  const int64_t output_channels = layer.output.back();
  return std::visit(Overloaded{
                        [&](const Conv3x3&) {
                          return Shape{output_channels, 3, 3, input_channels};
                        },
                        [&](const Depthwise3x3&) {
                          return Shape{3, 3, output_channels};
                        },
                        [&](const Pointwise&) {
                          return Shape{output_channels, 1, 1, input_channels};
                        },
                        [&](const FullyConnected&) {
                          return Shape{output_channels, input_channels};
                        },
                        [](const auto&) { return Shape{}; },
                    },
                    layer.op);
}

int64_t MultAdds(const Layer& layer) {
  // Each weight meets each position of the output once.
  return Parameters(layer) * layer.output[0] * layer.output[1];
}

int64_t Parameters(const Layer& layer) {
  const Shape shape = WeightsShape(layer);
  return shape.empty() ? 0 : ElementCount(shape);
}

int64_t Biases(const Layer& layer) {
  return Parameters(layer) == 0 ? 0 : layer.output.back();
}

ConvWindow WindowOf(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const Conv3x3& op) {
                          return ConvWindow{3, op.stride};
                        },
                        [](const Depthwise3x3& op) {
                          return ConvWindow{3, op.stride};
                        },
                        [](const Pointwise&) {
                          return ConvWindow{1, 1};
                        },
                        [](const auto&) { return ConvWindow{}; },
                    },
                    layer.op);
}

int SamePadding(int64_t size, int kernel, int stride) {
  const int64_t outputs = (size + stride - 1) / stride;
  return static_cast<int>(std::max<int64_t>((outputs - 1) * stride + kernel - size, 0));
}

}  // namespace mobilenet
