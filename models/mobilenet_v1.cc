#include "models/mobilenet_v1.h"

#include <algorithm>
#include <utility>

namespace mobilenet {
namespace {

struct DepthwiseSeparable {
  int stride;
  int channels;  // of the pointwise convolution, at width 1.0
};

// Table 1. The paper prints stride 2 for the last depthwise layer; its own shapes, and every implementation,
// have stride 1.
constexpr DepthwiseSeparable kPairs[] = {
    {1, 64},  {2, 128}, {1, 128}, {2, 256}, {1, 256},  {2, 512},  {1, 512},
    {1, 512}, {1, 512}, {1, 512}, {1, 512}, {2, 1024}, {1, 1024},
};

int64_t Halved(int64_t size, int stride) {
  return (size + stride - 1) / stride;
}

}  // namespace

Network MobileNetV1(double width_multiplier, int resolution, int classes) {
  Network network{"mobilenet_v1", width_multiplier, resolution, classes, {}};
  const auto width = [&](int channels) -> int64_t {
    return std::max(8, static_cast<int>(width_multiplier * channels));
  };
  Shape shape = {resolution, resolution, 3};
  const auto add = [&](std::string name, Operator op, Activation activation, Shape output) {
    network.layers.push_back({std::move(name), op, activation, shape, output});
    shape = std::move(output);
  };

  add("conv1", Conv3x3{2}, Activation::kRelu6, {Halved(shape[0], 2), Halved(shape[1], 2), width(32)});
  int index = 1;
  for (const auto& [stride, channels] : kPairs) {
    const std::string suffix = std::to_string(index++);
    add("conv_dw_" + suffix, Depthwise3x3{stride}, Activation::kRelu6,
        {Halved(shape[0], stride), Halved(shape[1], stride), shape[2]});
    add("conv_pw_" + suffix, Pointwise{}, Activation::kRelu6, {shape[0], shape[1], width(channels)});
  }
  add("global_avg_pool", GlobalAvgPool{}, Activation::kNone, {1, 1, shape[2]});
  add("logits", FullyConnected{}, Activation::kNone, {1, 1, classes});
  add("softmax", Softmax{}, Activation::kNone, shape);
  return network;
}

}  // namespace mobilenet
