#include "models/layer.h"

#include <algorithm>

namespace mobilenet {
namespace {

template <typename... Visitors>
struct Overloaded : Visitors... {
  using Visitors::operator()...;
};
template <typename... Visitors>  // C++20 deduces this; clang 14 does not yet
Overloaded(Visitors...)->Overloaded<Visitors...>;

std::string Extents(const Window& window) {
  return std::to_string(window.kernel_height) + "x" + std::to_string(window.kernel_width);
}

}  // namespace

std::string OperatorKind(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const Conv&) { return "conv"; },
                        [](const Depthwise&) { return "depthwise"; },
                        [](const MaxPool&) { return "max_pool"; },
                        [](const AvgPool&) { return "average_pool"; },
                        [](const Lrn&) { return "lrn"; },
                        [](const Add&) { return "add"; },
                        [](const Concat&) { return "concat"; },
                        [](const GlobalAvgPool&) { return "avg_pool"; },
                        [](const FullyConnected&) { return "fully_connected"; },
                        [](const Softmax&) { return "softmax"; },
                        [](const Sigmoid&) { return "sigmoid"; },
                    },
                    layer.op);
}

std::string OperatorName(const Layer& layer) {
  const auto strided = [](const Window& window) {
    return Extents(window) + " s" + std::to_string(window.stride);
  };
  return std::visit(Overloaded{
                        [&](const Conv& op) {
                          if (IsPointwise(layer)) return std::string("conv 1x1");
                          return "conv " + strided(op.window) +
                                 (op.groups > 1 ? " g" + std::to_string(op.groups) : "");
                        },
                        [&](const Depthwise& op) { return "depthwise " + strided(op.window); },
                        [&](const MaxPool& op) { return "max pool " + strided(op.window); },
                        [&](const AvgPool& op) { return "avg pool " + strided(op.window); },
                        [](const Lrn& op) { return "lrn " + std::to_string(op.size); },
                        [](const GlobalAvgPool&) { return std::string("avg pool"); },
                        [](const FullyConnected&) { return std::string("fully connected"); },
                        [&](const auto&) { return OperatorKind(layer); },
                    },
                    layer.op);
}

std::string OperatorGroup(const Layer& layer) {
  return std::visit(Overloaded{
                        [](const Conv& op) { return "Conv " + Extents(op.window); },
                        [](const Depthwise& op) { return "Conv DW " + Extents(op.window); },
                        [](const FullyConnected&) { return std::string("Fully Connected"); },
                        [](const auto&) { return std::string(); },
                    },
                    layer.op);
}

std::string ActivationName(Activation activation) {
  switch (activation) {
    case Activation::kRelu:
      return "relu";
    case Activation::kRelu6:
      return "relu6";
    case Activation::kSigmoid:
      return "sigmoid";
    case Activation::kTanh:
      return "tanh";
    case Activation::kNone:
      break;
  }
  return "none";
}

Shape WeightsShape(const Layer& layer) {
  const int64_t input_channels = layer.input.back();
  const int64_t output_channels = layer.output.back();
  return std::visit(Overloaded{
                        [&](const Conv& op) {
                          return Shape{output_channels, op.window.kernel_height, op.window.kernel_width,
                                       input_channels / op.groups};
                        },
                        [&](const Depthwise& op) {
                          return Shape{op.window.kernel_height, op.window.kernel_width, output_channels};
                        },
                        [&](const FullyConnected&) {
                          return Shape{output_channels, ElementCount(layer.input)};
                        },
                        [](const auto&) { return Shape{}; },
                    },
                    layer.op);
}

int64_t MultAdds(const Layer& layer) {
  // Each weight is used once at each position of the output.
  return Parameters(layer) * layer.output[0] * layer.output[1];
}

int64_t Parameters(const Layer& layer) {
  const Shape shape = WeightsShape(layer);
  return shape.empty() ? 0 : ElementCount(shape);
}

int64_t Biases(const Layer& layer) {
  return Parameters(layer) == 0 ? 0 : layer.output.back();
}

const Window* WindowOf(const Layer& layer) {
  return std::visit(
      [](const auto& op) -> const Window* {
        if constexpr (requires { op.window; }) {
          return &op.window;
        } else {
          return nullptr;
        }
      },
      layer.op);
}

bool IsPointwise(const Layer& layer) {
  const auto* conv = std::get_if<Conv>(&layer.op);
  return conv && conv->groups == 1 && conv->window == Window{};
}

bool IsRowWise(const Layer& layer) {
  return WindowOf(layer) || std::holds_alternative<Lrn>(layer.op) || std::holds_alternative<Add>(layer.op) ||
         std::holds_alternative<Concat>(layer.op);
}

bool MakesScores(const Layer& layer) {
  return std::holds_alternative<Softmax>(layer.op) || std::holds_alternative<Sigmoid>(layer.op);
}

bool KeepsQuantization(const Layer& layer) {
  return MakesScores(layer) || std::holds_alternative<MaxPool>(layer.op);
}

bool MayKeepQuantization(const Layer& layer) {
  return std::holds_alternative<GlobalAvgPool>(layer.op) || std::holds_alternative<AvgPool>(layer.op) ||
         std::holds_alternative<Concat>(layer.op);
}

int SamePadding(int64_t size, int kernel, int stride) {
  const int64_t outputs = (size + stride - 1) / stride;
  return static_cast<int>(std::max<int64_t>((outputs - 1) * stride + kernel - size, 0));
}

}  // namespace mobilenet
